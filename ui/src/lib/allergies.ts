import type { Allergy, AllergyState } from './types.ts';

const rank = { high: 0, 'unable-to-assess': 1, low: 2 };

/** Those that count, worst first. */
export const worstFirst = (allergies: readonly Allergy[]): Allergy[] =>
  allergies
    .filter((it) => !isNegation(it) && it.clinicalStatus !== 'inactive' && it.clinicalStatus !== 'resolved')
    .sort((a, b) => (rank[a.criticality ?? 'low'] ?? 2) - (rank[b.criticality ?? 'low'] ?? 2));

/** "No known allergy" is recorded as a code of its own (SNOMED CT 716186003). */
const isNegation = (it: Allergy) => it.code === '716186003';

/** An empty list says nothing: none known is a statement that somebody made. */
export const stateOf = (section: { items: readonly Allergy[]; state?: AllergyState }): AllergyState =>
  section.state ??
  (worstFirst(section.items).length > 0 ? 'recorded' : section.items.some(isNegation) ? 'none-known' : 'not-recorded');
