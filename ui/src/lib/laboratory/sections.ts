import * as m from '../messages.js';
import type { LaboratoryTest } from '../types.ts';

export type Section = LaboratoryTest['section'];
/** In the order of the catalogue. */
export const sections: Readonly<Record<Section, () => string>> = {
  haematology: m.lab_section_haematology,
  coagulation: m.lab_section_coagulation,
  chemistry: m.lab_section_chemistry,
  endocrinology: m.lab_section_endocrinology,
  'blood-gas': m.lab_section_blood_gas,
  urine: m.lab_section_urine,
  microbiology: m.lab_section_microbiology,
};
export const sectionWord = (section: Section): string => sections[section]();
