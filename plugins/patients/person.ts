import { z } from 'zod';
import { maySee } from '../../core/access.ts';
import { sql } from '../../core/database.ts';
import type { RecordSection } from '../../core/plugin.ts';
import { Instant } from '../../core/shapes.ts';
import { Consent } from './consents/model.ts';
import { consentsJson } from './consents/queries.ts';
import { Contact } from './contacts/model.ts';
import { contactsJson } from './contacts/queries.ts';
import { Identifier } from './identifiers/model.ts';
import { identifiersJson } from './identifiers/queries.ts';

/** What is known of the person besides name and address. */
export const person: RecordSection = {
  permission: 'patient:read',
  response: z
    .strictObject({
      identifiers: z.array(Identifier),
      contacts: z.array(Contact),
      /** The newest first; those that no longer hold among them. */
      consents: z.array(Consent),
      /** When the picture was taken; null: there is none. */
      photoTakenAt: Instant.nullable(),
      /** Children who are patients here as well, of whom the reader may see. */
      children: z.array(z.strictObject({ id: z.uuid(), name: z.string(), birthDate: z.string().nullable() })),
    })
    .meta({ id: 'Person' }),
  query: (db, { patientId }) => sql.fragment`
    select json_build_object(
      'identifiers', ${identifiersJson(db, patientId)}, 'contacts', ${contactsJson(db, patientId)}, 'consents', ${consentsJson(db, patientId)},
      'photoTakenAt', (
        select core.json_time(f.taken_at) from patients.photo f where f.patient_id = ${patientId} and ${maySee(db, 'f.patient_id')}
      ),
      'children', (
        select coalesce(json_agg(json_build_object('id', k.id, 'name', k.family_name || ', ' || k.given_name, 'birthDate', k.birth_date) order by k.birth_date, k.multiple_birth, k.id), '[]')
        from patients.contact c join patients.patient k on k.id = c.patient_id
        where c.related_id = ${patientId} and c.relationship in ('MTH', 'FTH', 'PRN') and c.active and ${maySee(db, 'c.patient_id')}
      ))
  `,
};
