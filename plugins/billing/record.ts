import { sql } from '../../core/database.ts';
import type { RecordSection } from '../../core/plugin.ts';
import { newestOf } from '../../core/shapes.ts';
import { invoiceJson } from './json.ts';
import { Invoice } from './model.ts';

/** Newest first, with the cursor that GET /api/invoices takes for the rest. */
export const invoices: RecordSection = {
  permission: 'invoice:read',
  response: newestOf(Invoice),
  query: (_db, { patientId, limit }) => sql.fragment`
    select json_build_object(
      'items', coalesce(json_agg(shown.item order by shown.issued_at desc, shown.id desc), '[]'),
      'total', (select count(*) from billing.invoice i where i.patient_id = ${patientId} and not i.elsewhere),
      'next', case
        when ${limit}::integer < (select count(*) from billing.invoice i where i.patient_id = ${patientId} and not i.elsewhere)
        then (array_agg(shown.cursor order by shown.issued_at, shown.id))[1]
      end
    )
    from (
      select i.issued_at, i.id, ${invoiceJson('i')} as item,
        translate(encode(convert_to(json_build_array(core.json_time(i.issued_at), i.id)::text, 'utf8'), 'base64'), '+/=' || chr(10), '-_') as cursor
      from billing.invoice i
      where i.patient_id = ${patientId} and not i.elsewhere
      order by i.issued_at desc, i.id desc
      limit ${limit}
    ) shown
  `,
};
