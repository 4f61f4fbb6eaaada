import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';

export const Rule = z.strictObject({
  code: z.string(), scope: z.enum(['claim', 'line']), fact: z.string(), test: z.enum(['is', 'at-least', 'at-most', 'present']), value: z.string(),
  severity: z.enum(['error', 'warning']),
}); // prettier-ignore
export type Rule = z.infer<typeof Rule>;

export const listRules = (db: Db): Promise<readonly Rule[]> =>
  db.any(sql.type(Rule)`
    select code, scope, fact, test, value, severity from insurance.rule where active order by code limit 500
  `);

const fact = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const Facts = z.record(z.string(), fact);
export type Facts = z.infer<typeof Facts>;

/** What rules may ask of a claim and of its lines: the names stand in rules.csv. */
export const factsOf = (db: Db, claimId: string): Promise<{ claim: Facts; lines: ({ sequence: number } & Facts)[] }> =>
  db.oneFirst(sql.type(
    z.object({ facts: z.object({ claim: Facts, lines: z.array(z.object({ sequence: z.int() }).catchall(fact)) }) }),
  )`
    select json_build_object(
      'claim', json_build_object(
        'coverageInForce', cover.status = 'active' and cover.starts_on <= c.serviced_on and coalesce(cover.ends_on >= c.serviced_on, true),
        'subscriberIdFits', payer.subscriber_pattern is null or cover.subscriber_id ~ ('^(?:' || payer.subscriber_pattern || ')$'),
        'diagnoses', (select count(*) from insurance.claim_diagnosis d where d.claim_id = c.id),
        'lines', (select count(*) from insurance.claim_line l where l.claim_id = c.id and l.live),
        'daysLeftToFile', c.serviced_on + payer.filing_days - core.now()::date,
        'eligible', answer.in_force,
        'notEligible', coalesce(not answer.in_force, false)
      ),
      'lines', (
        select coalesce(json_agg(json_build_object(
          'sequence', l.sequence, 'diagnoses', cardinality(l.diagnoses), 'submittedMinor', l.submitted_minor,
          'codeKnown', not exists (select from insurance.payer_code k where k.payer_id = payer.id)
            or exists (select from insurance.payer_code k where k.payer_id = payer.id and k.code = l.code),
          'authorised', l.authorisation is not null
            or not exists (select from insurance.plan_code k where k.plan_id = plan.id and k.code = l.code and k.rule = 'authorisation')
        ) order by l.sequence), '[]')
        from insurance.claim_line l where l.claim_id = c.id
      )
    ) as facts
    from insurance.claim c
    join insurance.coverage cover on cover.id = c.coverage_id
    join insurance.plan plan on plan.id = cover.plan_id
    join insurance.payer payer on payer.id = plan.payer_id
    left join lateral (
      select r.in_force
      from insurance.eligibility_request q join insurance.eligibility_response r on r.request_id = q.id
      where q.coverage_id = cover.id
      order by q.asked_at desc, q.id desc
      limit 1
    ) answer on true
    where c.id = ${claimId} and ${maySee(db, 'c.patient_id')}
  `);

export const replaceFindings = async (
  tx: Db,
  claimId: string,
  findings: readonly { rule: string; line: number; severity: string }[],
): Promise<void> => {
  await tx.query(sql.unsafe`
    -- held by its parent
    delete from insurance.claim_finding where claim_id = ${claimId}
  `);
  if (findings.length === 0) return;
  await tx.query(sql.unsafe`
    -- held by its parent
    insert into insurance.claim_finding (claim_id, patient_id, rule, line, severity)
    select c.id, c.patient_id, new.rule, new.line, new.severity
    from insurance.claim c, ${sql.unnest(
      findings.map(({ rule, line, severity }) => [rule, line, severity]),
      ['text', 'int4', 'text'],
    )} new (rule, line, severity)
    where c.id = ${claimId}
  `);
};
