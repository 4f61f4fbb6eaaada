import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import type { OutsideResult } from '../actions/outside.ts';

const Before = z.strictObject({
  id: z.uuid(),
  status: z.enum(['ordered', 'entered', 'verified', 'withdrawn', 'cancelled']),
  version: z.int(),
  same: z.boolean(),
});
export type Before = z.infer<typeof Before>;

const columns = sql.fragment`id uuid, value text, value_code text, value_text text, comment text, flag text`;
const asJson = (results: readonly OutsideResult[]): string =>
  JSON.stringify(
    results.map((it) => ({
      id: it.resultId,
      value: it.value ?? null,
      value_code: it.valueCode ?? null,
      value_text: it.valueText ?? null,
      comment: it.comment?.slice(0, 500) ?? null,
      flag: it.flag?.slice(0, 20) ?? null,
    })),
  );

/** The results as they stand, held until the end, and whether they say the same already. In id order, so that two messages cannot wait for each other. */
export const holdResults = (
  tx: Db,
  specimenId: string,
  results: readonly OutsideResult[],
): Promise<readonly Before[]> =>
  tx.any(sql.type(Before)`
    select r.id, r.status, r.version, coalesce(case t.kind
        when 'numeric' then round(e.value::numeric, t.decimals) = r.value
        when 'coded' then e.value_code = r.value_code
        else e.value_text = r.value_text end, false) as same
    from jsonb_to_recordset(${asJson(results)}::jsonb) e (${columns})
    join laboratory.result r on r.id = e.id and r.specimen_id = ${specimenId}
    join laboratory.test t on t.id = r.test_id
    where ${maySee(tx, 'r.patient_id')}
    order by r.id
    for update of r
  `);

/** What another laboratory has found so far; the database judges it as it judges ours. */
export const enterOutside = (
  tx: Db,
  results: readonly OutsideResult[],
  laboratory: string,
): Promise<readonly { id: string; version: number }[]> =>
  tx.any(sql.type(z.strictObject({ id: z.uuid(), version: z.int() }))`
    update laboratory.result r set value = e.value::numeric, value_code = e.value_code, value_text = e.value_text, comment = e.comment, sent_flag = e.flag,
      sent_to = coalesce(r.sent_to, ${laboratory}), status = case when num_nonnulls(e.value, e.value_code, e.value_text) = 0 then 'ordered' else 'entered' end,
      entered_at = core.now(), entered_by = ${tx.actor.id}
    from jsonb_to_recordset(${asJson(results)}::jsonb) e (${columns})
    where r.id = e.id and r.status in ('ordered', 'entered') and ${maySee(tx, 'r.patient_id')}
    returning r.id, r.version
  `);

export const markFlag = (tx: Db, id: string, flag: string | null): Promise<unknown> =>
  tx.query(sql.unsafe`
    update laboratory.result set sent_flag = ${flag?.slice(0, 20) ?? null} where id = ${id} and sent_flag is distinct from ${flag?.slice(0, 20) ?? null} and ${maySee(tx, 'patient_id')}
  `);

/** Nobody will measure it. The request and its report follow. */
export const cancelOutside = (tx: Db, ids: readonly string[], laboratory: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    update laboratory.result set status = 'cancelled', value = null, value_code = null, value_text = null, sent_to = coalesce(sent_to, ${laboratory})
    where id = any(${sql.array([...ids], 'uuid')}) and status in ('ordered', 'entered') and ${maySee(tx, 'patient_id')}
  `);

export const markSentOut = (tx: Db, resultIds: readonly string[], laboratory: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    update laboratory.result set sent_to = ${laboratory}
    where id = any(${sql.array([...resultIds], 'uuid')}) and status in ('ordered', 'entered') and ${maySee(tx, 'patient_id')}
  `);

export const markAcknowledged = (tx: Db, specimenId: string, laboratory: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    update laboratory.result set acknowledged_at = core.now()
    where specimen_id = ${specimenId} and sent_to = ${laboratory} and acknowledged_at is null and ${maySee(tx, 'patient_id')}
  `);
