/**
 * What the server says and takes: made from its API document (scripts/types.ts), never written by hand. Below are the
 * interface's own words for parts of it.
 */
import type { Payloads } from '../../../generated/api/types.ts';

export type * from '../../../generated/api/types.ts';

/** A list, or a page of one. */
export interface Items<T> {
  items: T[];
  next?: string;
}

export type NewContact = Payloads['POST']['/api/patients/{id}/contacts'];
export type NewPatient = Payloads['POST']['/api/patients'];
export type Likeness = Payloads['POST']['/api/patients/duplicates'];
export type PatientFields = Payloads['PUT']['/api/patients/{id}'];
export type NoteText = Payloads['PUT']['/api/encounters/{id}/note'];
export type NewLeave = Payloads['POST']['/api/availability/me/leave'];
