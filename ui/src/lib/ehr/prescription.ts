import type { Allergy, Id } from '../types.ts';

/** An allergy in the record that speaks against a medicine, as the server's refusal `allergy-conflict` brings it. */
export interface AllergyConflict {
  id: Id;
  display: string;
  criticality: Allergy['criticality'];
  /** What the medicine contains or belongs to. */
  substance: string;
}
