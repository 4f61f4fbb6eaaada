import { sql, type Query } from '../../core/database.ts';

/** Each query must return no row. */
export const invariants: Readonly<Record<string, Query>> = {
  'what was paid online is one payment of that invoice, and nothing else is': sql.unsafe`select portal.stray_payments() as id`,
  'an account that sees records has nothing else': sql.unsafe`
    select a.user_id from portal.access a join auth."user" u on u.id = a.user_id where not u.patient_only
  `,
};
