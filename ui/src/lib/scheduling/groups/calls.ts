/** The verbs of a group. */
import { api } from '../../api.ts';
import type { Group, Id, Payloads } from '../../types.ts';

export type Wanted = Payloads['POST']['/api/groups'];
type Participant = Payloads['POST']['/api/groups/{id}/participants'];

export const open = (wanted: Wanted, idempotencyKey: string) => api.post('/api/groups', wanted, { idempotencyKey });
export const get = (id: Id) => api.get(`/api/groups/${id}`);
export const join = (id: Id, who: Participant, idempotencyKey: string) =>
  api.post(`/api/groups/${id}/participants`, who, { idempotencyKey });
export const move = (
  { id, version }: Pick<Group, 'id' | 'version'>,
  to: Payloads['POST']['/api/groups/{id}/reschedule'],
) => api.post(`/api/groups/${id}/reschedule`, to, { version });
export const cancel = ({ id, version }: Pick<Group, 'id' | 'version'>, reason: string) =>
  api.post(`/api/groups/${id}/cancel`, { reason }, { version });
