import { hospitalNow } from '../../../core/clock.ts';
import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { dbOf, idParams, route } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { requirePatient } from '../queries.ts';
import { Consent, NewConsent } from './model.ts';
import * as q from './queries.ts';

type ById = { Params: { id: string } };

/**
 * The newest answer of a kind holds; those before stay readable. `at` goes before the names of fields in a refusal.
 * @throws refusals consent_in_future, consent_not_given
 */
export const recordConsent = async (tx: Db, patientId: string, it: NewConsent, at = ''): Promise<string> => {
  await q.lockAnswers(tx, patientId);
  if (it.decidedAt !== null && Temporal.Instant.compare(it.decidedAt, await hospitalNow(tx)) > 0)
    throw refuse('consent_in_future', { field: `${at}decidedAt` });
  if (it.decision === 'withdrawn' && (await q.findHolding(tx, patientId, it.kind)) !== 'given')
    throw refuse('consent_not_given', { field: `${at}decision` });
  await q.supersede(tx, patientId, it.kind);
  const id = await q.insertConsent(tx, patientId, it);
  await publish(tx, 'patients.consent-recorded', patientId, { kind: it.kind, decision: it.decision });
  return id;
};

const list = route<ById>({
  method: 'GET',
  path: '/api/patients/{id}/consents',
  options: {
    auth: { scope: 'patient:read' },
    validate: { params: idParams },
    app: {
      summary: 'What a patient has agreed to or refused, and what they said before',
      patientData: true,
      response: itemsOf(Consent),
    },
  },
  handler: async (request) => {
    const db = dbOf(request);
    await requirePatient(db, request.params.id);
    return { items: await q.listConsents(db, request.params.id) };
  },
});

const add = route<ById & { Payload: NewConsent }>({
  method: 'POST',
  path: '/api/patients/{id}/consents',
  options: {
    auth: { scope: 'patient:write' },
    validate: { params: idParams, payload: NewConsent },
    app: {
      summary: 'Writes down what a patient agrees to, refuses or withdraws; the answer before it stays',
      patientData: true,
      idempotent: 'accepted',
      response: Consent,
    },
  },
  handler: async (request, h) => {
    const db = dbOf(request);
    const { id } = request.params;
    await requirePatient(db, id);
    const made = await recordConsent(db, id, request.payload);
    return h.response((await q.listConsents(db, id)).find((it) => it.id === made)).code(201);
  },
});

export const consentRoutes = [list, add];
