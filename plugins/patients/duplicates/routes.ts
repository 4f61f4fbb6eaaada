import Joi from 'joi';
import { pageOf, pageQuery, readCursor } from '../../../core/paging.ts';
import { refuse } from '../../../core/refuse.ts';
import { dbOf, route, text, uuid } from '../../../core/routes.ts';
import { pageOfItems } from '../../../core/shapes.ts';
import { requirePatient } from '../queries.ts';
import { DuplicatePair, grades, listPairs, tellApart } from './list.ts';

interface Listed {
  grade?: (typeof grades)[number];
  limit: number;
  cursor?: string;
}

const list = route<{ Query: Listed }>({
  method: 'GET',
  path: '/api/patients/duplicates',
  options: {
    auth: { scope: 'patient:merge' },
    validate: { query: Joi.object({ grade: Joi.string().valid(...grades), ...pageQuery }) },
    app: {
      summary: 'Pairs of records that may be of one person, the likeliest first',
      patientData: true,
      audit: (page: { items: readonly DuplicatePair[] }) => ({
        action: 'E',
        subtype: 'listed',
        patientIds: page.items.flatMap(({ patient, other }) => [patient.id, other.id]),
      }),
      response: pageOfItems(DuplicatePair),
    },
  },
  handler: async (request) => {
    const { grade, limit, cursor } = request.query;
    const rows = await listPairs(dbOf(request), { grade, limit: limit + 1, after: readCursor(cursor, 3) });
    return pageOf(rows, limit, ({ score, patient, other }) => [score, patient.id, other.id]);
  },
});

interface Told {
  patientId: string;
  otherId: string;
  reason: string;
}
const Told = Joi.object<Told, true>({
  patientId: uuid().required(),
  otherId: uuid().invalid(Joi.ref('patientId')).required(),
  reason: text(500).min(3).required(),
});

const notSame = route<{ Payload: Told }>({
  method: 'POST',
  path: '/api/patients/duplicates/not-same',
  options: {
    auth: { scope: 'patient:merge' },
    validate: { payload: Told },
    app: {
      summary: 'Two records are of two people: they are not offered as one again',
      patientData: true,
      audit: (_: unknown, request) => {
        const { patientId, otherId, reason } = request.payload as Told;
        return { object: `Patient/${patientId}`, patientIds: [patientId, otherId], detail: `not the same: ${reason}` };
      },
      response: null,
    },
  },
  handler: async (request, h) => {
    const db = dbOf(request);
    const { patientId, otherId, reason } = request.payload;
    for (const id of [patientId, otherId]) await requirePatient(db, id);
    if ((await tellApart(db, patientId, otherId, reason)) === 0) throw refuse('not_same_already');
    return h.response().code(204);
  },
});

export const duplicateRoutes = [list, notSame];
