import Joi from 'joi';
import { refuse } from '../../../core/refuse.ts';
import { dbOf, route, uuid } from '../../../core/routes.ts';
import { setAvailability } from './actions.ts';
import { Availability, NewAvailability } from './model.ts';
import { findAvailability } from './queries.ts';

const practitionerParams = Joi.object({ practitionerId: uuid().required() });

const availability = route<{ Params: { practitionerId: string } }>({
  method: 'GET',
  path: '/api/availability/{practitionerId}',
  options: {
    auth: { scope: 'appointment:read' },
    validate: { params: practitionerParams },
    app: { summary: 'The weekly hours of a practitioner', response: Availability },
  },
  handler: async (request) => {
    const found = await findAvailability(
      dbOf(request),
      request.params.practitionerId,
      request.server.app.hms.config.zone,
    );
    if (!found) throw refuse('not_found');
    return found;
  },
});

const replace = route<{ Params: { practitionerId: string }; Payload: NewAvailability }>({
  method: 'PUT',
  path: '/api/availability/{practitionerId}',
  options: {
    auth: { scope: 'availability:write' },
    validate: { params: practitionerParams, payload: NewAvailability },
    app: { summary: 'Replaces the weekly hours of a practitioner', response: Availability },
  },
  handler: (request) =>
    setAvailability(dbOf(request), request.params.practitionerId, request.server.app.hms.config.zone, request.payload),
});

export const availabilityRoutes = [availability, replace];
