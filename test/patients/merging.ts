import type { Answer, Client } from '../hms.ts';

export const reason = 'The same passport and the same face';
/** As the page does it: what was read is what is merged. */
export const merge = async (admin: Client, keptId: string, goneId: string, more: object = {}): Promise<Answer> => {
  const { body: both } = await admin.get(`/api/patients/${keptId}/merge?otherId=${goneId}`);
  return admin.post(
    `/api/patients/${keptId}/merge`,
    { otherId: goneId, otherVersion: both.other?.version ?? 1, reason, ...more },
    { 'if-match': `W/"${both.patient?.version ?? 1}"` },
  );
};
export const unmerge = async (admin: Client, keptId: string, goneId: string): Promise<Answer> => {
  const { body } = await admin.get(`/api/patients/${keptId}/merges`);
  const it = body.items.find(({ patient }: { patient: { id: string } }) => patient.id === goneId);
  return admin.post(
    `/api/patients/${goneId}/unmerge`,
    { intoVersion: it.intoVersion, reason: 'Two people after all' },
    { 'if-match': `W/"${it.patient.version}"` },
  );
};
