/** The verbs of a ticket. Each takes the version that was on the screen: who changed it meanwhile is told (412). */
import { api } from '../../api.ts';
import type { Id, Payloads, Ticket } from '../../types.ts';

export type Wanted = Payloads['POST']['/api/queue/tickets'];
type Known = Pick<Ticket, 'id' | 'version'>;

export const getBoard = (pointId?: Id) => api.get('/api/queue/board', { query: { pointId } });
export const getVisits = async () => (await api.get('/api/encounters/stages')).items;
/** The same key for the same wish: a second try after a lost answer draws no second number. */
export const issue = (wanted: Wanted, idempotencyKey: string) =>
  api.post('/api/queue/tickets', wanted, { idempotencyKey });
export const callNext = (pointId: Id, idempotencyKey: string) =>
  api.post(`/api/queue/points/${pointId}/call-next`, {}, { idempotencyKey });

export const call = ({ id, version }: Known) => api.post(`/api/queue/tickets/${id}/call`, {}, { version });
export const skip = ({ id, version }: Known, minutes: number | null = 10) =>
  api.post(`/api/queue/tickets/${id}/skip`, { minutes }, { version });
export const bringBack = ({ id, version }: Known) => api.post(`/api/queue/tickets/${id}/bring-back`, {}, { version });
export const transfer = ({ id, version }: Known, pointId: Id) =>
  api.post(`/api/queue/tickets/${id}/transfer`, { pointId }, { version });
export const end = ({ id, version }: Known) => api.post(`/api/queue/tickets/${id}/end`, {}, { version });
export const noAnswer = ({ id, version }: Known) => api.post(`/api/queue/tickets/${id}/no-answer`, {}, { version });
export const cancel = ({ id, version }: Known) => api.post(`/api/queue/tickets/${id}/cancel`, {}, { version });
export const reopen = ({ id, version }: Known) => api.post(`/api/queue/tickets/${id}/reopen`, {}, { version });
export const room = ({ id, version }: Known, locationId: Id | null) =>
  api.post(`/api/queue/tickets/${id}/room`, { locationId }, { version });
export const urgency = ({ id, version }: Known, priority: string | null, priorityReason: string | null) =>
  api.post(`/api/queue/tickets/${id}/priority`, { priority, priorityReason }, { version });
export const namePatient = ({ id, version }: Known, patientId: Id) =>
  api.post(`/api/queue/tickets/${id}/patient`, { patientId }, { version });
