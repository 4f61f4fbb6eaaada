import { api } from './api.ts';
import { TypeAhead } from './type-ahead.svelte.ts';
import type { PatientSummary } from './types.ts';

/** Type-ahead over patients. */
export class PatientSearch extends TypeAhead<PatientSummary> {
  constructor() {
    super(async (text, signal) => (await api.post('/api/patients/search', { text, limit: 8 }, { signal })).items);
  }
}

// The patients opened in this tab, in memory only: nothing about them is kept on the device.
let recent = $state.raw<PatientSummary[]>([]);
export const recentPatients = {
  get all() {
    return recent;
  },
  opened(patient: PatientSummary) {
    recent = [patient, ...recent.filter((other) => other.id !== patient.id)].slice(0, 6);
  },
  forget() {
    recent = [];
  },
};
