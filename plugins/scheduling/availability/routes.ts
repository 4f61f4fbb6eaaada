import Joi from 'joi';
import { hospitalNow } from '../../../core/clock.ts';
import { refuse } from '../../../core/refuse.ts';
import { dbOf, ifMatch, route, versioned } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { setAvailability } from './actions.ts';
import { clockChanges } from './clock-changes.ts';
import { whose, type Whose } from './doors.ts';
import { Availability, ClockChange, NewAvailability } from './model.ts';
import { findAvailability } from './queries.ts';

const routesOf = ({ path, read, write, inPath, of, find }: Whose) => {
  const params = Object.keys(inPath).length > 0 ? { params: Joi.object(inPath) } : {};
  return [
    route({
      method: 'GET',
      path,
      options: {
        auth: { scope: read },
        validate: params,
        app: {
          patientData: false,
          summary: `The weekly hours and the days that are otherwise, ${of}`,
          response: Availability,
        },
      },
      handler: async (request, h) => {
        const { zone } = request.server.app.hms.config;
        const found = await findAvailability(dbOf(request), await find(request), zone);
        if (!found) throw refuse('not_found');
        return versioned(h, found);
      },
    }),
    route<{ Payload: NewAvailability }>({
      method: 'PUT',
      path,
      options: {
        auth: { scope: write },
        validate: { ...params, payload: NewAvailability },
        app: {
          patientData: false,
          versioned: true,
          summary: `Replaces the weekly hours, and when they are sent the days that are otherwise, ${of}`,
          response: Availability,
        },
      },
      handler: async (request, h) => {
        const { zone } = request.server.app.hms.config;
        const whom = await find(request);
        return versioned(h, await setAvailability(dbOf(request), whom, ifMatch(request), zone, request.payload));
      },
    }),
    route({
      method: 'GET',
      path: `${path}/clock-changes`,
      options: {
        auth: { scope: read },
        validate: params,
        app: {
          patientData: false,
          summary: `The next two changes of the clocks and the hours that they touch, ${of}`,
          response: itemsOf(ClockChange),
        },
      },
      handler: async (request) => {
        const db = dbOf(request);
        const found = await findAvailability(db, await find(request), request.server.app.hms.config.zone);
        if (!found) throw refuse('not_found');
        return { items: clockChanges(found, await hospitalNow(db)) };
      },
    }),
  ];
};

export const availabilityRoutes = whose.flatMap(routesOf);
