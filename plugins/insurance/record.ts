import { maySee } from '../../core/access.ts';
import { sql } from '../../core/database.ts';
import type { RecordSection } from '../../core/plugin.ts';
import { coverageJson } from './json.ts';
import { CoveragesOfRecord } from './model.ts';

/** Whole: who pays is asked for at every desk. */
export const coverages: RecordSection = {
  permission: 'coverage:read',
  response: CoveragesOfRecord,
  query: (db, { patientId }) => sql.fragment`
    select json_build_object('items', coalesce(json_agg(${coverageJson('c')} order by c.status, c.priority, c.starts_on desc, c.id), '[]'))
    from insurance.coverage c
    where c.patient_id = ${patientId} and ${maySee(db, 'c.patient_id')} and not c.elsewhere and c.status <> 'entered-in-error'
  `,
};
