import { parseMoney } from '../format.ts';
import type { Claim, ClaimLine } from '../types.ts';
import type { reasons } from './words.ts';

/** One line of a payer's letter as it is typed; an empty amount is none. */
export interface LineFields {
  benefit: string;
  copay: string;
  deductible: string;
  coinsurance: string;
  reason: (typeof reasons)[number] | '';
}
export interface AnswerFields extends Record<string, unknown> {
  outcome: 'complete' | 'queued' | 'error' | '';
  payerReference: string;
  disposition: string;
  lines: Record<number, LineFields>;
}
export const emptyLine: LineFields = { benefit: '', copay: '', deductible: '', coinsurance: '', reason: '' };

/** Zero when nothing is typed, null when it is no amount. */
const minorOf = (typed: string, currency: string): number | null =>
  typed.trim() === '' ? 0 : parseMoney(typed, currency);

const partsOf = (it: LineFields, currency: string) => ({
  benefitMinor: minorOf(it.benefit, currency),
  copayMinor: minorOf(it.copay, currency),
  deductibleMinor: minorOf(it.deductible, currency),
  coinsuranceMinor: minorOf(it.coinsurance, currency),
});

/** What the parts leave of the line: less than nothing when they are too much, null when one is no amount. */
export const deniedOf = (line: ClaimLine, it: LineFields, currency: string): number | null => {
  const parts = Object.values(partsOf(it, currency));
  return parts.every((minor) => minor !== null)
    ? parts.reduce((rest, minor) => rest - minor, line.submittedMinor)
    : null;
};

/** As the server takes it. Only of what adds up. */
export const linesOf = (claim: Claim, { lines }: AnswerFields) =>
  claim.lines.map((line) => {
    const it = lines[line.sequence]!;
    const { benefitMinor, copayMinor, deductibleMinor, coinsuranceMinor } = partsOf(it, claim.currency);
    const deniedMinor = deniedOf(line, it, claim.currency) ?? 0;
    return {
      sequence: line.sequence,
      benefitMinor: benefitMinor ?? 0,
      copayMinor: copayMinor ?? 0,
      deductibleMinor: deductibleMinor ?? 0,
      coinsuranceMinor: coinsuranceMinor ?? 0,
      deniedMinor,
      reason: deniedMinor > 0 ? it.reason || null : null,
    };
  });
