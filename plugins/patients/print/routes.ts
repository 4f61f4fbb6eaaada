import Joi from 'joi';
import { hospitalNow } from '../../../core/clock.ts';
import { localeOf } from '../../../core/messages.ts';
import { dbOf, headerOf, route, uuid } from '../../../core/routes.ts';
import { getPatient } from '../queries.ts';
import { factsOf } from './facts.ts';
import { forms, mostOnSheet, printedForm, type Form, type Wish } from './forms.ts';

const place = () => Joi.number().integer().min(1).max(mostOnSheet);

const print = route<{ Params: { id: string; form: Form }; Query: Wish }>({
  method: 'GET',
  path: '/api/patients/{id}/print/{form}',
  options: {
    auth: { scope: 'patient:print' },
    validate: {
      params: Joi.object({
        id: uuid().required(),
        form: Joi.string()
          .valid(...forms)
          .required(),
      }),
      query: Joi.object({ first: place().default(1), count: place().default(mostOnSheet) }),
    },
    app: {
      summary: 'Wristband, label, sheet of labels or card of a patient, as PDF',
      patientData: true,
      file: 'application/pdf',
      audit: (_result, request) => {
        const { id, form } = request.params as { id: string; form: Form };
        return { action: 'R', subtype: 'print', object: `Patient/${id}`, patientIds: [id], detail: form };
      },
    },
  },
  handler: async (request, h) => {
    const db = dbOf(request);
    const { zone, hospital } = request.server.app.hms.config;
    const { id, form } = request.params;
    const patient = await getPatient(db, id);
    const locale = localeOf(headerOf(request, 'accept-language'));
    const facts = factsOf(patient, { locale, now: await hospitalNow(db), zone, hospital });
    return h
      .response(await printedForm(form, facts, request.query))
      .type('application/pdf')
      .header('content-disposition', `inline; filename="${form}-${patient.recordNumber}.pdf"`);
  },
});

export const printRoutes = [print];
