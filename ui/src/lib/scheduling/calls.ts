/** The verbs of an appointment. Each takes the version that was on the screen: who changed it meanwhile is told (412). */
import { api } from '../api.ts';
import type { AppointmentItem, DateText, Id, Instant, Payloads } from '../types.ts';

export type Wanted = Payloads['POST']['/api/appointments'];
export type Target = Payloads['POST']['/api/appointments/{id}/reschedule'];
type Known = Pick<AppointmentItem, 'id' | 'version'>;

export const getDay = (date: DateText, signal?: AbortSignal) =>
  api.get('/api/schedule/day', { query: { date }, ...(signal && { signal }) });
/** What free times are looked for by; at least one of the first four. */
export type SlotsBy = {
  practitionerId?: Id;
  serviceId?: Id;
  departmentId?: Id;
  specialty?: string;
  locationId?: Id;
  /** Minutes, instead of the service's. */
  length?: number;
  from?: Instant;
  to?: Instant;
};
export const listSlots = async (by: SlotsBy & { limit: number }) => (await api.get('/api/slots', { query: by })).items;

/** The same key for the same booking: a second try after a lost answer does not book twice. */
export const book = (wanted: Wanted, idempotencyKey: string) =>
  api.post('/api/appointments', wanted, { idempotencyKey });
export const move = ({ id, version }: Known, target: Target) =>
  api.post(`/api/appointments/${id}/reschedule`, target, { version });
export const cancel = ({ id, version }: Known, reason: string) =>
  api.post(`/api/appointments/${id}/cancel`, { reason }, { version });
/** The way into a visit by video, while it is open. */
export const join = async ({ id }: Known): Promise<string> => (await api.get(`/api/appointments/${id}/join`)).url;
export const confirm = ({ id, version }: Known) => api.post(`/api/appointments/${id}/confirm`, {}, { version });
export const checkIn = ({ id, version }: Known, practitionerId?: Id) =>
  api.post(`/api/appointments/${id}/check-in`, practitionerId ? { practitionerId } : {}, { version });
export const noShow = ({ id, version }: Known) => api.post(`/api/appointments/${id}/no-show`, {}, { version });
export const reinstate = ({ id, version }: Known) => api.post(`/api/appointments/${id}/reinstate`, {}, { version });
