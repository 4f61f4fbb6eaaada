import type { Db } from '../../core/database.ts';
import type { fhir } from '../../fhir/resource.ts';
import type { PatientSummary } from '../patients/api.ts';
import { claimAsFhir, claimNumberSystem, eligibilityAsFhir, getClaim, getCoverage } from '../insurance/api.ts';
import { getPatientSummary } from './queries.ts';

// A payer knows neither our patients nor our coverages by reference: both travel inside.

const patientOf = (it: PatientSummary): fhir.Patient => ({
  resourceType: 'Patient',
  id: 'patient',
  name: [{ family: it.familyName, given: [it.givenName] }],
  gender: it.gender,
  ...(it.birthDate ? { birthDate: it.birthDate } : {}),
});

const coverageOf = async (db: Db, id: string): Promise<fhir.Coverage> => {
  const it = await getCoverage(db, id);
  return {
    resourceType: 'Coverage',
    id: 'coverage',
    status: it.status,
    subscriberId: it.subscriberId,
    beneficiary: { reference: '#patient' },
    period: { start: it.startsOn, ...(it.endsOn ? { end: it.endsOn } : {}) },
    payor: [{ identifier: { system: 'urn:openward:payer', value: it.payer.code }, display: it.payer.name }],
  };
};

/** With the identifier that makes it one claim at the payer. */
export const claimForPayer = async (db: Db, id: string): Promise<{ identifier: string; body: fhir.Claim }> => {
  const [claim, { patient, coverageId }] = [await claimAsFhir(db, id), await getClaim(db, id)];
  const { id: _, ...body } = claim;
  return {
    identifier: claim.identifier?.[0]?.value ?? '',
    body: {
      ...body,
      status: 'active',
      contained: [patientOf(patient), await coverageOf(db, coverageId)],
      patient: { reference: '#patient' },
      insurance: [{ sequence: 1, focal: true, coverage: { reference: '#coverage' } }],
      ...(claim.related && {
        related: claim.related.map(({ claim: _claim, ...related }) => related),
      }),
      item: (claim.item ?? []).map(({ encounter: _encounter, ...item }) => item),
    },
  };
};

export const eligibilityForPayer = async (
  db: Db,
  id: string,
  { patientId, coverageId }: { patientId: string; coverageId: string },
): Promise<{ identifier: string; body: fhir.CoverageEligibilityRequest }> => {
  const { id: _, ...body } = await eligibilityAsFhir(db, id);
  return {
    identifier: id,
    body: {
      ...body,
      identifier: [{ system: claimNumberSystem, value: id }],
      contained: [patientOf(await getPatientSummary(db, patientId)), await coverageOf(db, coverageId)],
      patient: { reference: '#patient' },
      insurance: [{ focal: true, coverage: { reference: '#coverage' } }],
    },
  };
};
