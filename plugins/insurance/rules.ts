import type { Facts, Rule } from './queries/rules.ts';

export interface Broken {
  rule: string;
  severity: 'error' | 'warning';
  /** 0: the claim as a whole. */
  line: number;
}

/** A fact that nobody knows (a payer without a filing limit) breaks no rule, except the one that asks whether it is known. */
const holds = ({ test, value }: Rule, fact: Facts[string] | undefined): boolean => {
  if (test === 'present') return fact !== null && fact !== undefined;
  if (fact === null || fact === undefined) return true;
  switch (test) {
    case 'is':
      return String(fact) === value;
    case 'at-least':
      return Number(fact) >= Number(value);
    case 'at-most':
      return Number(fact) <= Number(value);
  }
};

/** Which rules a claim breaks, and where. Pure: rules and facts are data. */
export const broken = (
  rules: readonly Rule[],
  { claim, lines }: { claim: Facts; lines: readonly ({ sequence: number } & Facts)[] },
): Broken[] =>
  rules.flatMap((rule) =>
    (rule.scope === 'claim' ? [{ ...claim, sequence: 0 }] : lines)
      .filter((facts) => !holds(rule, (facts as Facts)[rule.fact]))
      .map(({ sequence }) => ({ rule: rule.code, severity: rule.severity, line: Number(sequence) })),
  );
