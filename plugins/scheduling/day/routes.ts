import { dbOf, route } from '../../../core/routes.ts';
import { DayQuery, ScheduleDay } from './model.ts';
import { listAppointmentsOfDay, listGroupsOfDay, listPractitionersOfDay } from './queries.ts';

const day = route<{ Query: DayQuery }>({
  method: 'GET',
  path: '/api/schedule/day',
  options: {
    auth: { scope: 'appointment:read' },
    validate: { query: DayQuery },
    app: {
      summary: 'The appointments of a day, one column for each practitioner',
      patientData: true,
      response: ScheduleDay,
    },
  },
  handler: async (request) => {
    const db = dbOf(request);
    const { zone } = request.server.app.hms.config;
    const of = { ...request.query, zone };
    const [practitioners, appointments, groups] = await Promise.all([
      listPractitionersOfDay(db, of),
      listAppointmentsOfDay(db, of),
      listGroupsOfDay(db, of),
    ]);
    return { date: of.date, zone, practitioners, appointments, groups };
  },
});

export const dayRoutes = [day];
