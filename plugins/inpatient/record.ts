import { maySee } from '../../core/access.ts';
import { sql } from '../../core/database.ts';
import type { RecordSection } from '../../core/plugin.ts';
import { itemsOf } from '../../core/shapes.ts';
import { stayOfRecordJson } from './json.ts';
import { StayOfRecord } from './model.ts';

/** Every stay, the newest first: somebody in a bed stands at the top. */
export const stays: RecordSection = {
  permission: 'stay:read',
  response: itemsOf(StayOfRecord),
  query: (db, { patientId }) => sql.fragment`
    select json_build_object('items', coalesce(json_agg(${stayOfRecordJson} order by s.requested_at desc, s.id desc), '[]'))
    from inpatient.stay s
    where s.patient_id = ${patientId} and ${maySee(db, 's.patient_id')}
  `,
};
