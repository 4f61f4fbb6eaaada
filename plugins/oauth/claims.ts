import { service } from '../../core/actor.ts';
import type { Hms } from '../../core/hms.ts';
import { bindingHolds, findAccount } from '../auth/api.ts';
import { findPractitionerOfUser } from '../facility/api.ts';
import { fhirBase } from './settings.ts';

export interface Claims {
  sub: string;
  name: string;
  fhirUser?: string;
  [claim: string]: unknown;
}

/** In whose name an app asks. Null: they get in nowhere, or may no longer see the record that they have let the app see. */
export const findPerson = async (hms: Hms, userId: string, patientId: string | null) => {
  const db = hms.db(service('oauth'));
  const account = await findAccount(db, userId);
  return account?.active && (await bindingHolds(hms, db, account, patientId)) ? account : null;
};

/** Who they are to the app: their name, and what they are in FHIR where they are somebody there. */
export const findClaims = async (hms: Hms, userId: string, patientId: string | null): Promise<Claims | null> => {
  const account = await findPerson(hms, userId, patientId);
  if (!account) return null;
  const reference = patientId ? `Patient/${patientId}` : await practitionerOf(hms, userId);
  const fhirUser = reference && { fhirUser: `${fhirBase(hms.config)}/${reference}` };
  return { sub: account.id, name: account.displayName, ...fhirUser };
};

const practitionerOf = async (hms: Hms, userId: string): Promise<string | undefined> => {
  if (!hms.plugins.some(({ name }) => name === 'facility')) return undefined;
  const found = await findPractitionerOfUser(hms.db(service('oauth')), userId);
  return found ? `Practitioner/${found.id}` : undefined;
};
