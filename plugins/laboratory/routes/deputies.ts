import { dbOf, idParams, ifMatch, route } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { addDeputy, endDeputy } from '../actions/deputies.ts';
import { Deputy, NewDeputy } from '../model/critical.ts';
import { listDeputies } from '../queries/deputies.ts';

const auth = { scope: 'laboratory-test:write' };

const list = route({
  method: 'GET',
  path: '/api/laboratory/deputies',
  options: {
    auth,
    app: { patientData: false, response: itemsOf(Deputy), summary: 'Who acts for whom, now and later' },
  },
  handler: async (request) => ({ items: await listDeputies(dbOf(request), request.server.app.hms.config.zone) }),
});

const add = route<{ Payload: NewDeputy }>({
  method: 'POST',
  path: '/api/laboratory/deputies',
  options: {
    auth,
    validate: { payload: NewDeputy },
    app: { patientData: false, response: Deputy, summary: 'Somebody is away: their critical results go to a deputy' },
  },
  handler: async (request, h) => {
    const deputy = await addDeputy(dbOf(request), request.payload, request.server.app.hms.config.zone);
    return h.response(deputy).code(201);
  },
});

const end = route<{ Params: { id: string } }>({
  method: 'POST',
  path: '/api/laboratory/deputies/{id}/end',
  options: {
    auth,
    validate: { params: idParams },
    app: { patientData: false, versioned: true, response: null, summary: 'They are back' },
  },
  handler: async (request, h) => {
    const { zone } = request.server.app.hms.config;
    await endDeputy(dbOf(request), request.params.id, ifMatch(request), zone);
    return h.response().code(204);
  },
});

export const deputyRoutes = [list, add, end];
