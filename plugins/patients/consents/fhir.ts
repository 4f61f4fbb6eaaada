import { z } from 'zod';
import { sql } from '../../../core/database.ts';
import { date, defineResource, reference, token, type fhir } from '../../../fhir/resource.ts';
import { decisions, kinds, type Kind } from './model.ts';

const text = z.string().nullable();
const Row = z.strictObject({
  id: z.uuid(),
  patientId: z.uuid(),
  kind: z.enum(kinds),
  decision: z.enum(decisions),
  decidedAt: z.string(),
  givenBy: text,
  paper: text,
  status: z.enum(['active', 'rejected', 'inactive']),
});
type Row = z.infer<typeof Row>;

const scopeSystem = 'http://terminology.hl7.org/CodeSystem/consentscope';
const kindSystem = 'urn:openward:consent-kind';
/** https://hl7.org/fhir/R4/valueset-consent-scope.html */
const scopes: Record<Kind, string> = {
  treatment: 'treatment',
  'data-sharing': 'patient-privacy',
  'reminders-sms': 'patient-privacy',
  'reminders-email': 'patient-privacy',
  research: 'research',
};

const toFhir = (it: Row): fhir.Consent => ({
  resourceType: 'Consent',
  id: it.id,
  status: it.status,
  scope: { coding: [{ system: scopeSystem, code: scopes[it.kind] }] },
  category: [{ coding: [{ system: kindSystem, code: it.kind }] }],
  patient: { reference: `Patient/${it.patientId}` },
  dateTime: it.decidedAt,
  performer: it.givenBy === null ? [{ reference: `Patient/${it.patientId}` }] : [{ display: it.givenBy }],
  sourceAttachment: it.paper === null ? undefined : { title: it.paper },
  // R4's rule ppc-1: a consent names the policy it is under.
  policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: policyOf(it) }] },
  provision: { type: it.decision === 'given' ? 'permit' : 'deny' },
});
const policyOf = ({ decision }: Row): string => (decision === 'given' ? 'OPTIN' : 'OPTOUT');

const status = sql.fragment`case
  when it.superseded_at is not null or it.decision = 'withdrawn' then 'inactive' when it.decision = 'refused' then 'rejected' else 'active' end`;
const scope = sql.fragment`case it.kind when 'treatment' then 'treatment' when 'research' then 'research' else 'patient-privacy' end`;

/** Read here, answered at the desk: what a paper says is for people to judge. */
export const consent = defineResource({
  type: 'Consent',
  table: 'patients.consent',
  patient: 'patient_id',
  permission: { read: 'patient:read', write: 'patient:write' },
  row: Row,
  columns: sql.fragment`it.id, it.patient_id, it.kind, it.decision, it.decided_at, it.given_by, it.paper, ${status} as status`,
  search: {
    patient: reference('patient_id', ['Patient']),
    status: token(status, { system: 'http://hl7.org/fhir/consent-state-codes' }),
    scope: token(scope, { system: scopeSystem }),
    category: token('kind', { system: kindSystem }),
    date: date('decided_at'),
  },
  toFhir,
});
