import { z } from 'zod';
import { dbOf, idParams, route } from '../../../core/routes.ts';
import { getAppointment } from '../booking/read.ts';
import { hasVideo, join, Join } from './actions.ts';

const told = route({
  method: 'GET',
  path: '/api/telehealth',
  options: {
    auth: { scope: 'appointment:read' },
    app: {
      patientData: false,
      response: z.strictObject({ configured: z.boolean(), setting: z.string() }),
      summary: 'Whether there is a video system, and which setting names it',
    },
  },
  handler: async (request) => ({ configured: await hasVideo(dbOf(request)), setting: 'OPENWARD_TELEHEALTH_URL' }),
});

const enter = route<{ Params: { id: string } }>({
  method: 'GET',
  path: '/api/appointments/{id}/join',
  options: {
    auth: { scope: 'appointment:read' },
    validate: { params: idParams },
    app: {
      patientData: true,
      response: Join,
      summary: 'The way into an appointment by video, from a quarter of an hour before until an hour after it',
    },
  },
  handler: async (request) => {
    const db = dbOf(request);
    return join(db, request.server.app.hms.config, await getAppointment(db, request.params.id));
  },
});

export const telehealthRoutes = [told, enter];
