import { dbOf, route } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { Slot, SlotQuery } from './model.ts';
import { listSlots } from './queries.ts';

const slots = route<{ Query: SlotQuery }>({
  method: 'GET',
  path: '/api/slots',
  options: {
    auth: { scope: 'appointment:read' },
    validate: { query: SlotQuery },
    app: {
      patientData: false,
      response: itemsOf(Slot),
      summary: 'Free times, earliest first; 14 days unless `to` says otherwise, half a year at most',
    },
  },
  handler: async (request) => ({ items: await listSlots(dbOf(request), request.query) }),
});

export const slotRoutes = [slots];
