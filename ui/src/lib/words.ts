import * as m from './messages.js';
import type { Gender } from './types.ts';

/** Codes in words, in the chosen language. */
export const genderWord = (gender: Gender): string =>
  ({ male: m.gender_male, female: m.gender_female, other: m.gender_other, unknown: m.gender_unknown })[gender]();

/** For finding what is on the page already: without accents and capitals. */
export const plain = (words: string): string => words.trim().normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** UCUM as people write it. */
export const unitWord = (ucum: string): string =>
  ({
    Cel: '°C',
    'mm[Hg]': 'mmHg',
    '{score}': '',
    '{beats}/min': '/min',
    '{breaths}/min': '/min',
    'kg/m2': 'kg/m²',
    '10*3/uL': '10³/µL',
    '10*6/uL': '10⁶/µL',
    '[degF]': '°F',
    '[pH]': '',
    'mL/min/{1.73_m2}': 'mL/min/1.73 m²',
    'ug/L{FEU}': 'µg/L FEU',
  })[ucum] ??
  ucum
    .replace('[IU]', 'IU')
    .replace(/\{[^}]*\}/g, '')
    .replace(/^u(?=[A-Za-z])/, 'µ');
