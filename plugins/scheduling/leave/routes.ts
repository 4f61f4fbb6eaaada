import Joi from 'joi';
import { dbOf, ifMatch, route, uuid, versioned } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { whose, type Whose } from '../availability/doors.ts';
import { endLeave, takeLeave, weighLeave } from './actions.ts';
import { Leave, LeaveImpact, LeaveSpan, NewLeave } from './model.ts';
import { listLeave } from './queries.ts';

const routesOf = ({ path, read, write, inPath, of, find }: Whose) => {
  const params = Object.keys(inPath).length > 0 ? { params: Joi.object(inPath) } : {};
  return [
    route({
      method: 'GET',
      path: `${path}/leave`,
      options: {
        auth: { scope: read },
        validate: params,
        app: { patientData: false, summary: `Leave that is not over, the next first, ${of}`, response: itemsOf(Leave) },
      },
      handler: async (request) => ({
        items: await listLeave(dbOf(request), await find(request), request.server.app.hms.config.zone),
      }),
    }),
    route<{ Payload: LeaveSpan }>({
      method: 'POST',
      path: `${path}/leave/impact`,
      options: {
        auth: { scope: write },
        validate: { ...params, payload: LeaveSpan },
        app: {
          patientData: true,
          summary: `What is booked in a leave and where it could go, ${of}; changes nothing`,
          response: LeaveImpact,
        },
      },
      handler: async (request) =>
        weighLeave(dbOf(request), await find(request), request.server.app.hms.config.zone, request.payload),
    }),
    route<{ Payload: NewLeave }>({
      method: 'POST',
      path: `${path}/leave`,
      options: {
        auth: { scope: write },
        validate: { ...params, payload: NewLeave },
        app: {
          patientData: false,
          summary: `Leave, and what becomes of each appointment in it, ${of}; 422 leave-without-outcome names those that nothing is said about`,
          response: Leave,
        },
      },
      handler: async (request, h) =>
        versioned(
          h,
          await takeLeave(dbOf(request), await find(request), request.server.app.hms.config.zone, request.payload),
        ).code(201),
    }),
    route<{ Params: { id: string } }>({
      method: 'DELETE',
      path: `${path}/leave/{id}`,
      options: {
        auth: { scope: write },
        validate: { params: Joi.object({ ...inPath, id: uuid().required() }) },
        app: { patientData: false, versioned: true, summary: `Ends or withdraws a leave, ${of}`, response: null },
      },
      handler: async (request, h) => {
        await endLeave(
          dbOf(request),
          await find(request),
          request.params.id,
          ifMatch(request),
          request.server.app.hms.config.zone,
        );
        return h.response().code(204);
      },
    }),
  ];
};

export const leaveRoutes = whose.flatMap(routesOf);
