import type * as api from '../../generated/api/types.ts';
import type { Chance } from './chance.ts';

const families = ['Aldington', 'Berghaus', 'Castellano', 'Dvořák', 'Eisenbraun', 'Fairweather', 'Grünwald', 'Haddad', 'Ivarsson', 'Jaramillo', 'Kowalczyk', 'Lindqvist', 'Marchetti', 'Nwosu', 'Oyelaran', 'Petrova', 'Quesada', 'Rosenthal', 'Szabó', 'Thorvald', 'Uzun', 'Vermeulen', 'Winterbourne', 'Yıldız', 'Zahradník']; // prettier-ignore
const given = {
  female: ['Agnes', 'Beatriz', 'Carla', 'Dilnoza', 'Emma', 'Fatima', 'Gisela', 'Hanna', 'Irina', 'Jolanta', 'Leila', 'Marta'],
  male: ['Anton', 'Bruno', 'Cem', 'Diego', 'Emil', 'Finn', 'Georg', 'Hassan', 'Ivan', 'Jakob', 'Kamal', 'Luca'],
}; // prettier-ignore
const cities = ['Lindenau', 'Aarbach', 'Obertal', 'Seefeld'];

/** Somebody who was never here before; born between `years` ago. */
export const stranger = (
  chance: Chance,
  n: number,
  today: string,
): Required<Pick<api.PatientSummary, 'familyName' | 'givenName'>> & {
  birthDate: string;
  gender: 'female' | 'male';
  phone: string;
  city: string;
  email: string | null;
  language: string;
} => {
  const gender = chance.one(['female', 'male'] as const, 'gender', n);
  const days = chance.between(19 * 365, 88 * 365, 'born', n);
  const givenName = chance.one(given[gender], 'given', n);
  const familyName = chance.one(families, 'family', n);
  return {
    familyName,
    givenName,
    gender,
    birthDate: Temporal.PlainDate.from(today).subtract({ days }).toString(),
    phone: `+49 30 555${String(chance.between(10_000, 99_999, 'phone', n))}`,
    city: chance.one(cities, 'city', n),
    email: chance.isIn100(60, 'email', n) ? `patient${String(chance.between(1, 1e6, 'mail', n))}@example.org` : null,
    language: chance.one(['de', 'en', 'es', 'ar', 'de'], 'language', n),
  };
};

/** What people come with: how it is coded, what is done. Words are searched for as a doctor types them. */
export const complaints = [
  { reason: 'Sore throat and fever', code: 'acute pharyngitis', medicine: 'ibuprofen', tests: ['crp', 'blood count'] },
  { reason: 'Blood pressure check', code: 'essential hypertension', medicine: 'amlodipine', tests: ['potassium', 'creatinine'] },
  { reason: 'Burning on passing water', code: 'cystitis', medicine: 'nitrofurantoin', tests: ['urine'] },
  { reason: 'Diabetes review', code: 'type 2 diabetes', medicine: 'metformin', tests: ['hba1c', 'glucose'] },
  { reason: 'Tired for weeks', code: 'anemia', medicine: 'ferrous', tests: ['haemoglobin', 'ferritin', 'tsh'] },
  { reason: 'Cough for ten days', code: 'acute bronchitis', medicine: 'amoxicillin', tests: ['crp'] },
  { reason: 'Back pain after lifting', code: 'low back pain', medicine: 'acetaminophen', tests: [] },
  { reason: 'Chest tightness on stairs', code: 'angina', medicine: 'bisoprolol', tests: ['troponin', 'potassium'] },
] as const; // prettier-ignore
export type Complaint = (typeof complaints)[number];
