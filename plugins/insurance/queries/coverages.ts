import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import { coverageJson, eligibilityJson, payerJson } from '../json.ts';
import {
  Coverage, Eligibility, Payer, type CoverageChange, type EligibilityAnswer, type NewCoverage, type NewPayer, type NewPlan,
} from '../model.ts'; // prettier-ignore

export const Id = z.strictObject({ id: z.uuid() });

// -- payers -------------------------------------------------------------------------------------------------------------

const payers = (db: Db, where: Fragment): Promise<readonly Payer[]> =>
  db
    .any(
      sql.type(z.strictObject({ payer: Payer }))`
    select ${payerJson('p')} as payer from insurance.payer p where ${where} order by p.name, p.id limit 500
  `,
    )
    .then((rows) => rows.map(({ payer }) => payer));

/** By name, those no longer used too. */
export const listPayers = (db: Db): Promise<readonly Payer[]> => payers(db, sql.fragment`true`);

export const getPayer = (db: Db, id: string): Promise<Payer> =>
  db.oneFirst(
    sql.type(
      z.strictObject({ payer: Payer }),
    )`select ${payerJson('p')} as payer from insurance.payer p where p.id = ${id}`,
  );

export const insertPayer = (tx: Db, it: NewPayer): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into insurance.payer (code, name, subscriber_pattern, filing_days, active)
    values (${it.code}, ${it.name}, ${it.subscriberPattern ?? null}, ${it.filingDays ?? null}, ${it.active ?? true})
    returning id
  `);

/** Null when the version is no longer that one. */
export const updatePayer = (tx: Db, id: string, version: number, it: NewPayer): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update insurance.payer
    set code = ${it.code}, name = ${it.name}, subscriber_pattern = ${it.subscriberPattern ?? null}, filing_days = ${it.filingDays ?? null},
      active = ${it.active ?? true}
    where id = ${id} and version = ${version}
    returning id
  `);

export const insertPlan = (tx: Db, it: NewPlan, currency: string): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into insurance.plan (payer_id, name, currency, deductible_minor, copay_minor, coinsurance_rate, active)
    values (${it.payerId}, ${it.name}, ${currency}, ${it.deductibleMinor ?? 0}, ${it.copayMinor ?? 0}, ${it.coinsuranceRate ?? '0'}::numeric,
      ${it.active ?? true})
    returning id
  `);

/** Null when the version is no longer that one. */
export const updatePlan = (tx: Db, id: string, version: number, it: NewPlan): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update insurance.plan
    set name = ${it.name}, deductible_minor = ${it.deductibleMinor ?? 0}, copay_minor = ${it.copayMinor ?? 0},
      coinsurance_rate = ${it.coinsuranceRate ?? '0'}::numeric, active = ${it.active ?? true}
    where id = ${id} and version = ${version} and payer_id = ${it.payerId}
    returning id
  `);

export const replacePlanCodes = async (tx: Db, planId: string, codes: NonNullable<NewPlan['codes']>): Promise<void> => {
  await tx.query(sql.unsafe`delete from insurance.plan_code where plan_id = ${planId}`);
  await tx.query(sql.unsafe`
    insert into insurance.plan_code (plan_id, code, rule)
    select ${planId}, code, rule
    from ${sql.unnest(
      codes.map(({ code, rule }) => [code, rule]),
      ['text', 'text'],
    )} new (code, rule)
    on conflict do nothing
  `);
};

// -- coverages ----------------------------------------------------------------------------------------------------------

export const getCoverage = (db: Db, id: string): Promise<Coverage> =>
  db.oneFirst(sql.type(z.strictObject({ coverage: Coverage }))`
    select ${coverageJson('c')} as coverage from insurance.coverage c where c.id = ${id} and not c.elsewhere and ${maySee(db, 'c.patient_id')}
  `);

/** Those in use first, by their order. */
export const listCoverages = (db: Db, patientId: string): Promise<readonly Coverage[]> =>
  db
    .any(
      sql.type(z.strictObject({ coverage: Coverage }))`
    select ${coverageJson('c')} as coverage
    from insurance.coverage c
    where c.patient_id = ${patientId} and not c.elsewhere and c.status <> 'entered-in-error' and ${maySee(db, 'c.patient_id')}
    order by c.status, c.priority, c.starts_on desc, c.id
    limit 100
  `,
    )
    .then((rows) => rows.map(({ coverage }) => coverage));

/** Null when another one of the same priority is in force at the same time. */
export const insertCoverage = (tx: Db, it: NewCoverage): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    insert into insurance.coverage (patient_id, plan_id, subscriber_id, starts_on, ends_on, priority)
    values (${it.patientId}, ${it.planId}, ${it.subscriberId}, ${it.startsOn}, ${it.endsOn ?? null}, ${it.priority ?? 1})
    on conflict on constraint coverage_one_in_force do nothing
    returning id
  `);

/** Null when the version is no longer that one. */
export const updateCoverage = (tx: Db, id: string, version: number, it: CoverageChange): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update insurance.coverage
    set plan_id = ${it.planId}, subscriber_id = ${it.subscriberId}, starts_on = ${it.startsOn}, ends_on = ${it.endsOn ?? null}, priority = ${it.priority ?? 1}
    where id = ${id} and version = ${version} and not elsewhere and ${maySee(tx, 'patient_id')}
    returning id
  `);

/** Null when the version is no longer that one. */
export const endCoverage = (tx: Db, id: string, version: number): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update insurance.coverage set status = 'cancelled'
    where id = ${id} and version = ${version} and not elsewhere and ${maySee(tx, 'patient_id')}
    returning id
  `);

// -- eligibility --------------------------------------------------------------------------------------------------------

export const insertEligibilityRequest = (tx: Db, coverage: Coverage, zone: string): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into insurance.eligibility_request (patient_id, coverage_id, service_on)
    values (${coverage.patientId}, ${coverage.id}, (core.now() at time zone ${zone})::date)
    returning id
  `);

export const getEligibility = (db: Db, id: string): Promise<Eligibility> =>
  db.oneFirst(sql.type(z.strictObject({ eligibility: Eligibility }))`
    select ${eligibilityJson('q', 'r')} as eligibility
    from insurance.eligibility_request q
    left join insurance.eligibility_response r on r.request_id = q.id
    where q.id = ${id} and not q.elsewhere and ${maySee(db, 'q.patient_id')}
  `);

/** Null when it was answered before: the first answer holds. */
export const insertEligibilityResponse = (tx: Db, requestId: string, it: EligibilityAnswer): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    insert into insurance.eligibility_response (patient_id, request_id, outcome, in_force, disposition, copay_minor)
    select q.patient_id, q.id, ${it.outcome}, ${it.inForce}, ${it.disposition ?? null}, ${it.copayMinor ?? null}
    from insurance.eligibility_request q
    where q.id = ${requestId} and not q.elsewhere and ${maySee(tx, 'q.patient_id')}
    on conflict on constraint eligibility_answered_once do nothing
    returning id
  `);
