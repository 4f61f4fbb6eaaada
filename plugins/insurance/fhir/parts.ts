import { sql, type Fragment } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { decimal, type fhir } from '../../../fhir/resource.ts';

// What is insured here is made by its screens and by payers' answers, and can be read. What another system has said is written
// down as it was sent: nobody is asked for it, nobody works on it, and it is not in the ledger.

export const claimNumberSystem = 'urn:openward:claim-number';
export const payerReferenceSystem = 'urn:openward:payer-claim-number';
export const payerSystem = 'urn:openward:payer';
const adjudicationSystem = 'http://terminology.hl7.org/CodeSystem/adjudication';
export const reasonSystem = 'urn:openward:denial-reason';

export const refTo = (type: string, target: string | null): fhir.Reference | undefined =>
  target === null ? undefined : { reference: `${type}/${target}` };

/** `amount` as SQL's billing.to_major writes it. */
export const money = (value: string | null, currency: string): fhir.Money | undefined =>
  value === null ? undefined : { value: decimal(value), currency: currency as fhir.Money['currency'] };

export const payerRef = (payer: { code: string; name: string }): fhir.Reference => ({
  identifier: { system: payerSystem, value: payer.code },
  display: payer.name,
});

/** A date may be a year only; the column takes its beginning, and what was sent is kept beside it. */
export const instantOf = (written: string | undefined): string | null =>
  written === undefined
    ? null
    : written.includes('T')
      ? written
      : `${written}${'-01-01'.slice(written.length - 4)}T00:00:00Z`;
export const dayOf = (written: string | undefined): string | null => instantOf(written)?.slice(0, 10) ?? null;

export interface Parts {
  sequence: number;
  submitted: string;
  benefit: string;
  copay: string;
  deductible: string;
  coinsurance: string;
  denied: string;
  reason: string | null;
}

/** The parts of one line as R4 says them; what is zero is left out, submitted and benefit are always there. */
export const adjudication = (it: Parts, currency: string): fhir.ClaimResponseItemAdjudication[] => {
  const part = (code: string, value: string, always = false, reason?: string | null) =>
    always || Number(value) !== 0
      ? [
          {
            category: { coding: [{ system: adjudicationSystem, code }] },
            ...(reason ? { reason: { coding: [{ system: reasonSystem, code: reason }] } } : {}),
            amount: money(value, currency)!,
          },
        ]
      : [];
  return [
    ...part('submitted', it.submitted, true),
    ...part('copay', it.copay),
    ...part('deductible', it.deductible),
    ...part('unallocdeduct', it.coinsurance),
    ...part('benefit', it.benefit, true),
    ...part('noncovered', it.denied, false, it.reason),
  ];
};

/** The lines of a response as JSON, alias and column of the response given. */
export const partsColumn = (response: Fragment): Fragment => sql.fragment`(
  select json_agg(json_build_object('sequence', l.sequence, 'submitted', billing.to_major(l.submitted_minor, c.currency)::text,
    'benefit', billing.to_major(l.benefit_minor, c.currency)::text, 'copay', billing.to_major(l.copay_minor, c.currency)::text,
    'deductible', billing.to_major(l.deductible_minor, c.currency)::text, 'coinsurance', billing.to_major(l.coinsurance_minor, c.currency)::text,
    'denied', billing.to_major(l.denied_minor, c.currency)::text, 'reason', l.reason) order by l.sequence)
  from insurance.claim_response_line l
  join insurance.claim_response a on a.id = l.response_id
  join insurance.claim c on c.id = a.claim_id
  where l.response_id = ${response}
)`;

/** What was made here changes by its own acts and nowhere else. @throws insured_here */
export const onlyElsewhere = async (updated: Promise<unknown>): Promise<void> => {
  if ((await updated) === null) throw refuse('insured_here');
};
