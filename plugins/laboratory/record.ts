import { maySee } from '../../core/access.ts';
import { sql } from '../../core/database.ts';
import type { RecordSection } from '../../core/plugin.ts';
import { chartFrom, chartResultJson, inChart } from './json.ts';
import { ResultsOfRecord } from './model/chart.ts';

/** Newest first, with the cursor that GET /api/laboratory/results takes for the rest. */
export const results: RecordSection = {
  permission: 'result:read',
  response: ResultsOfRecord,
  query: (db, { patientId, limit }) => sql.fragment`
    with page as materialized (
      select ${chartResultJson} as it, o.id, o.observed_at as at
      from ${chartFrom}
      where o.patient_id = ${patientId} and ${maySee(db, 'o.patient_id')} and ${inChart}
      order by o.observed_at desc, o.id desc
      limit ${limit}
    )
    select json_build_object(
      'items', (select coalesce(json_agg(page.it), '[]') from page),
      'total', t.total,
      'next', case when t.total > (select count(*) from page) then (select ehr.cursor(page.at, page.id) from page order by page.at, page.id limit 1) end)
    from (
      select count(*) as total from ${chartFrom} where o.patient_id = ${patientId} and ${maySee(db, 'o.patient_id')} and ${inChart}
    ) t
  `,
};
