import { localeOf } from '../../../core/messages.ts';
import { dbOf, headerOf, idParams, ifMatch, route, versioned } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { Patient } from '../model.ts';
import { registerNewborns, registerUnknown, setDeceased } from './actions.ts';
import { Deceased, Newborns, Unknown } from './model.ts';

type ById = { Params: { id: string } };
const itself = ({ id }: { id: string }) => ({ object: `Patient/${id}`, patientIds: [id] });

const unknown = route<{ Payload: Unknown }>({
  method: 'POST',
  path: '/api/patients/unknown',
  options: {
    auth: { scope: 'patient:write' },
    validate: { payload: Unknown },
    app: {
      summary: 'Registers somebody who cannot say who they are, with an estimated age',
      patientData: true,
      idempotent: 'accepted',
      audit: itself,
      response: Patient,
    },
  },
  handler: async (request, h) => {
    const at = { locale: localeOf(headerOf(request, 'accept-language')), zone: request.server.app.hms.config.zone };
    const patient = await registerUnknown(dbOf(request), request.payload, at);
    return versioned(h, patient).code(201).location(`/api/patients/${patient.id}`);
  },
});

const newborns = route<ById & { Payload: Newborns }>({
  method: 'POST',
  path: '/api/patients/{id}/newborns',
  options: {
    auth: { scope: 'patient:write' },
    validate: { params: idParams, payload: Newborns },
    app: {
      summary: 'Registers the children of one birth, each linked to the mother',
      patientData: true,
      idempotent: 'accepted',
      audit: (made: { items: { id: string }[] }, request) => ({
        object: `Patient/${request.params.id}`,
        patientIds: [String(request.params.id), ...made.items.map(({ id }) => id)],
      }),
      response: itemsOf(Patient),
    },
  },
  handler: async (request, h) => {
    const at = { locale: localeOf(headerOf(request, 'accept-language')), zone: request.server.app.hms.config.zone };
    const items = await registerNewborns(dbOf(request), request.params.id, request.payload, at);
    return h.response({ items }).code(201);
  },
});

const deceased = route<ById & { Payload: Deceased }>({
  method: 'PUT',
  path: '/api/patients/{id}/deceased',
  options: {
    auth: { scope: 'patient:write' },
    validate: { params: idParams, payload: Deceased },
    app: {
      versioned: true,
      summary: 'Writes down that a patient has died, as exactly as it is known, or takes it back',
      patientData: true,
      response: Patient,
    },
  },
  handler: async (request, h) => {
    const { zone } = request.server.app.hms.config;
    const { id } = request.params;
    return versioned(h, await setDeceased(dbOf(request), id, ifMatch(request), request.payload, zone));
  },
});

export const arrivalRoutes = [unknown, newborns, deceased];
