import { service } from '../../core/actor.ts';
import type { Hms } from '../../core/hms.ts';
import { findAccount } from '../auth/api.ts';
import { findPractitionerOfUser } from '../facility/api.ts';
import { fhirBase } from './settings.ts';

export interface Claims {
  sub: string;
  name: string;
  fhirUser?: string;
  [claim: string]: unknown;
}

/** Who a user is to an app: their name, and what they are in FHIR where they are somebody there. Null: they get in nowhere. */
export const findClaims = async (hms: Hms, userId: string, patientId: string | null): Promise<Claims | null> => {
  const account = await findAccount(hms.db(service('oauth')), userId);
  if (!account?.active) return null;
  const reference = patientId ? `Patient/${patientId}` : await practitionerOf(hms, userId);
  const fhirUser = reference && { fhirUser: `${fhirBase(hms.config)}/${reference}` };
  return { sub: account.id, name: account.displayName, ...fhirUser };
};

const practitionerOf = async (hms: Hms, userId: string): Promise<string | undefined> => {
  if (!hms.plugins.some(({ name }) => name === 'facility')) return undefined;
  const found = await findPractitionerOfUser(hms.db(service('oauth')), userId);
  return found ? `Practitioner/${found.id}` : undefined;
};
