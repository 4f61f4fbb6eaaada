import type { Scene } from '../day.ts';
import { unless } from '../desk.ts';

const roles = ['doctor', 'nurse', 'labtech', 'pharmacist'] as const;

/** What could not be delivered is sent again; alerts are read and acknowledged. */
export const messages: Scene = {
  name: 'messages',
  needs: ['messaging'],
  open(day) {
    const tried = new Set<string>();
    day.attend('message desk', 20, async () => {
      const http = day.desk('receptionist');
      await http.get('/api/messages', { query: { status: 'waiting', limit: 50 } });
      const { items } = await http.get('/api/messages', { query: { status: 'failed', limit: 50 } });
      const fresh = items.filter(({ id }) => !tried.has(id)).slice(0, 5);
      for (const { id, version } of fresh) {
        tried.add(id);
        await http.get(`/api/messages/${id}`);
        if (await unless(http.post(`/api/messages/${id}/resend`, {}, { version }), 'message-not-failed'))
          day.measured.add('messages sent again');
      }
      return fresh.length > 0;
    });
    day.attend('alerts', 6, async () => {
      let done = false;
      for (const role of roles)
        for (const { id } of (await day.desk(role).get('/api/alerts')).items) {
          await day.desk(role).post(`/api/alerts/${id}/acknowledge`, {});
          day.measured.add('alerts acknowledged');
          done = true;
        }
      return done;
    });
    return Promise.resolve();
  },
};
