import { sql } from '../../core/database.ts';
import type { RecordSection } from '../../core/plugin.ts';
import { newestOf } from '../../core/shapes.ts';
import { dispenseJson } from './json.ts';
import { Dispense } from './model.ts';

/** Newest first, with the cursor that GET /api/medication-dispenses takes for the rest. */
export const dispenses: RecordSection = {
  permission: 'dispense:read',
  response: newestOf(Dispense),
  query: (_db, { patientId, limit }) => sql.fragment`
    select json_build_object(
      'items', coalesce(json_agg(shown.item order by shown.at desc, shown.id desc), '[]'),
      'total', (select count(*) from pharmacy.medication_dispense d where d.patient_id = ${patientId}),
      'next', case
        when ${limit}::integer < (select count(*) from pharmacy.medication_dispense d where d.patient_id = ${patientId})
        then (array_agg(shown.cursor order by shown.at, shown.id))[1]
      end
    )
    from (
      select coalesce(d.dispensed_at, '-infinity') as at, d.id, ${dispenseJson('d')} as item,
        translate(encode(convert_to(json_build_array(core.json_time(d.dispensed_at), d.id)::text, 'utf8'), 'base64'), '+/=' || chr(10), '-_') as cursor
      from pharmacy.medication_dispense d
      where d.patient_id = ${patientId}
      order by d.dispensed_at desc nulls last, d.id desc
      limit ${limit}
    ) shown
  `,
};
