import { sql, type Query } from '../../core/database.ts';

/** Each query must return no row. */
export const invariants: Readonly<Record<string, Query>> = {
  'what is answered was asked of the right patient': sql.unsafe`
    select m.id from insurance_adapter.message m
    left join insurance.claim c on c.id = m.subject_id
    left join insurance.eligibility_request q on q.id = m.subject_id
    where m.patient_id is distinct from coalesce(c.patient_id, q.patient_id)
  `,
  'a claim that a payer has decided by this connection is answered': sql.unsafe`
    select m.id from insurance_adapter.message m
    join insurance.claim_response a on a.claim_id = m.subject_id and a.outcome in ('complete', 'partial')
    where m.kind = 'claim' and m.state = 'waiting'
  `,
};
