import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { lineStates, type ClaimAnswer, type LineAnswer, type NextAction } from '../model.ts';
import { Id } from './coverages.ts';

export const HeldLine = z.strictObject({
  id: z.uuid(), sequence: z.int(), chargeItemId: z.uuid(), submittedMinor: z.int(), expectedPatientMinor: z.int(), state: z.enum(lineStates),
  benefitMinor: z.int().nullable(), deniedMinor: z.int().nullable(), paidMinor: z.int(), invoiceId: z.uuid(),
}); // prettier-ignore
export type HeldLine = z.infer<typeof HeldLine>;

/** Lines of a claim that is held; in their order. */
export const linesOf = (tx: Db, claimId: string): Promise<readonly HeldLine[]> =>
  tx.any(sql.type(HeldLine)`
    select l.id, l.sequence, l.charge_item_id, l.submitted_minor, l.expected_patient_minor, l.state, l.benefit_minor, l.denied_minor, l.paid_minor, c.invoice_id
    from insurance.claim_line l join insurance.claim c on c.id = l.claim_id
    where l.claim_id = ${claimId} and ${maySee(tx, 'l.patient_id')}
    order by l.sequence
    limit 1000
  `);

/** The answer as it came. Null when the claim was adjudicated before: the first adjudication holds. */
export const insertResponse = (tx: Db, claimId: string, it: ClaimAnswer): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    insert into insurance.claim_response (patient_id, claim_id, outcome, payer_reference, disposition)
    select c.patient_id, c.id, ${it.outcome}, ${it.payerReference ?? null}, ${it.disposition ?? null}
    from insurance.claim c
    where c.id = ${claimId} and not c.elsewhere and ${maySee(tx, 'c.patient_id')}
    on conflict do nothing
    returning id
  `);

export interface Adjudicated extends LineAnswer {
  state: 'settled' | 'denied';
}

/** Writes what the payer decided, on the response and on the lines of the claim. Unknown reasons are `other`. */
export const adjudicateLines = async (tx: Db, responseId: string, lines: readonly Adjudicated[]): Promise<void> => {
  const rows = sql.unnest(
    lines.map((it) => [
      it.sequence, it.benefitMinor, it.copayMinor, it.deductibleMinor, it.coinsuranceMinor, it.deniedMinor, it.reason ?? null, it.state,
    ]), // prettier-ignore
    ['int4', 'int8', 'int8', 'int8', 'int8', 'int8', 'text', 'text'],
  );
  await tx.query(sql.unsafe`
    -- held by its parent
    insert into insurance.claim_response_line (response_id, patient_id, sequence, submitted_minor, benefit_minor, copay_minor, deductible_minor,
      coinsurance_minor, denied_minor, reason)
    select a.id, a.patient_id, l.sequence, l.submitted_minor, new.benefit, new.copay, new.deductible, new.coinsurance, new.denied, new.reason
    from insurance.claim_response a
    join insurance.claim_line l on l.claim_id = a.claim_id
    join ${rows} new (sequence, benefit, copay, deductible, coinsurance, denied, reason, state) on new.sequence = l.sequence
    where a.id = ${responseId}
  `);
  await tx.query(sql.unsafe`
    -- held by its parent
    update insurance.claim_line l
    set benefit_minor = new.benefit, copay_minor = new.copay, deductible_minor = new.deductible, coinsurance_minor = new.coinsurance,
      denied_minor = new.denied, state = new.state, reason = known.code, next_action = known.next_action
    from insurance.claim_response a, ${rows} new (sequence, benefit, copay, deductible, coinsurance, denied, reason, state)
    left join insurance.reason known on new.denied > 0
      and known.code = coalesce((select r.code from insurance.reason r where r.code = new.reason), 'other')
    where a.id = ${responseId} and l.claim_id = a.claim_id and l.sequence = new.sequence
  `);
};

export const insertExplanation = (tx: Db, responseId: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    -- held by its parent
    insert into insurance.explanation_of_benefit (patient_id, outcome, response_id)
    select a.patient_id, a.outcome, a.id from insurance.claim_response a where a.id = ${responseId}
  `);

// -- denied lines -------------------------------------------------------------------------------------------------------

export const setLineState = (tx: Db, lineId: string, state: HeldLine['state']): Promise<unknown> =>
  tx.query(sql.unsafe`
    update insurance.claim_line set state = ${state}, live = ${state !== 'resubmitted'}
    where id = ${lineId} and ${maySee(tx, 'patient_id')}
  `);

/** Null when this line was decided before. */
export const insertDecision = (
  tx: Db,
  lineId: string,
  action: NextAction,
  reason: string | null,
): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    insert into insurance.decision (claim_line_id, patient_id, action, reason)
    select l.id, l.patient_id, ${action}, ${reason} from insurance.claim_line l where l.id = ${lineId} and ${maySee(tx, 'l.patient_id')}
    on conflict do nothing
    returning id
  `);

/** A claim is done when every line is decided and everything that was promised is paid. */
export const isDone = (tx: Db, claimId: string): Promise<boolean> =>
  tx.exists(sql.unsafe`
    select from insurance.claim c
    where c.id = ${claimId} and c.workflow = 'adjudicated' and ${maySee(tx, 'c.patient_id')}
      and not exists (
        select from insurance.claim_line l
        where l.claim_id = c.id and (l.state not in ('settled', 'resubmitted', 'resolved') or l.paid_minor < l.benefit_minor)
      )
  `);

/** The original's denied lines on a claim of their own that names it. The diagnoses come along. */
export const insertReplacement = async (tx: Db, claimId: string): Promise<string> => {
  const id = await tx.oneFirst(sql.type(Id)`
    insert into insurance.claim (number, patient_id, coverage_id, invoice_id, encounter_id, serviced_on, total_minor, currency, frequency, replaces_id,
      replaces_reference)
    select billing.draw_number('claim'), c.patient_id, c.coverage_id, c.invoice_id, c.encounter_id, c.serviced_on,
      (select sum(l.denied_minor) from insurance.claim_line l where l.claim_id = c.id and l.state in ('denied', 'appealed')), c.currency, 7, c.id,
      c.payer_reference
    from insurance.claim c
    where c.id = ${claimId} and ${maySee(tx, 'c.patient_id')}
    returning id
  `);
  await tx.query(sql.unsafe`
    -- held by its parent
    insert into insurance.claim_diagnosis (claim_id, patient_id, sequence, code, display, condition_id)
    select ${id}, patient_id, sequence, code, display, condition_id from insurance.claim_diagnosis where claim_id = ${claimId}
  `);
  return id;
};

/** After the original's lines are no longer live. What the patient has taken on of them stays as it is. */
export const insertReplacementLines = (tx: Db, id: string, lineIds: readonly string[]): Promise<unknown> =>
  tx.query(sql.unsafe`
    -- held by its parent
    insert into insurance.claim_line (claim_id, patient_id, sequence, charge_item_id, code, display, quantity, serviced_at, submitted_minor,
      expected_patient_minor, diagnoses, authorisation)
    select ${id}, l.patient_id, row_number() over (order by l.sequence), l.charge_item_id, l.code, l.display, l.quantity, l.serviced_at, l.denied_minor, 0,
      l.diagnoses, l.authorisation
    from insurance.claim_line l
    where l.id = any(${sql.array([...lineIds], 'uuid')})
  `);

export const endLines = (tx: Db, claimId: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    -- held by its parent
    update insurance.claim_line set live = false where claim_id = ${claimId}
  `);
