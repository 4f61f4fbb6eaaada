import type { Db } from '../../core/database.ts';
import { refuse } from '../../core/refuse.ts';
import type { fhir } from '../../fhir/resource.ts';
import { readRows } from '../../fhir/rows.ts';
import type { AnyResource } from '../../fhir/resource.ts';
import { claim } from './fhir/claim.ts';
import { coverageEligibilityRequest } from './fhir/eligibility.ts';

export { recordAnswer } from './actions/answers.ts';
export { claimArrived } from './actions/claims.ts';
export { recordEligibility } from './actions/coverages.ts';
export { postRemittance } from './actions/remittances.ts';
export { claimNumberSystem, payerReferenceSystem, payerSystem, reasonSystem } from './fhir/parts.ts';
export { remittanceSystem } from './fhir/remittance.ts';
export { getClaim } from './queries/claims.ts';
export { getCoverage } from './queries/coverages.ts';
export { Unreadable, type PayerPayment, type PayerPort } from './port.ts';
export type { ClaimAnswer, EligibilityAnswer, LineAnswer } from './model.ts';

const asFhir = async (db: Db, resource: AnyResource, id: string): Promise<unknown> => {
  const [row] = await readRows(db, resource, [id]);
  if (!row) throw refuse('not_found');
  return resource.toFhir(row.own);
};
/** As /fhir gives it. @throws not_found */
export const claimAsFhir = (db: Db, id: string): Promise<fhir.Claim> => asFhir(db, claim, id) as Promise<fhir.Claim>;
export const eligibilityAsFhir = (db: Db, id: string): Promise<fhir.CoverageEligibilityRequest> =>
  asFhir(db, coverageEligibilityRequest, id) as Promise<fhir.CoverageEligibilityRequest>;
