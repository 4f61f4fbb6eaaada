import Joi from 'joi';
import { pageOf, pageQuery, readCursor } from '../../../core/paging.ts';
import { refuse } from '../../../core/refuse.ts';
import { dbOf, idParams, ifMatch, route, text, uuid, versioned } from '../../../core/routes.ts';
import { pageOfItems } from '../../../core/shapes.ts';
import { decideLine, recordAnswer, resubmitClaim } from '../actions/answers.ts';
import {
  buildClaim,
  cancelClaim,
  changeClaim,
  checkClaim,
  holdAt,
  recallClaim,
  submitClaim,
} from '../actions/claims.ts';
import { postRemittance } from '../actions/remittances.ts';
import {
  Claim, ClaimAnswer, ClaimChange, ClaimItem, Decide, NewRemittance, queues, Remittance, type Queue,
} from '../model.ts'; // prettier-ignore
import { countClaims, Counts, getClaim, listClaims } from '../queries/claims.ts';
import { listRemittances } from '../queries/remittances.ts';
import { undoSeconds } from '../settings.ts';

type ById = { Params: { id: string } };
interface Page {
  limit: number;
  cursor?: string;
}
/** What every verb on a claim has in common. */
const verb = { patientData: true, response: Claim } as const;
const work = { scope: 'claim:work' };

const claims = route<{
  Query: Page & { queue: Queue; patientId?: string; payerId?: string; reference?: string };
}>({
  method: 'GET',
  path: '/api/claims',
  options: {
    auth: { scope: 'claim:read' },
    validate: {
      query: Joi.object({
        ...pageQuery,
        queue: Joi.string()
          .valid(...queues)
          .default('all'),
        patientId: uuid(),
        payerId: uuid(),
        /** Our number of the claim, or the payer's. */
        reference: text(100),
      }),
    },
    app: { patientData: true, response: pageOfItems(ClaimItem), summary: 'The work list of claims, view by view' },
  },
  handler: async (request) => {
    const { limit, cursor, ...by } = request.query;
    const rows = await listClaims(dbOf(request), { ...by, limit: limit + 1, after: readCursor(cursor, 2) });
    return pageOf(rows, limit, (last) => [last.servicedOn, last.id]);
  },
});

const counts = route({
  method: 'GET',
  path: '/api/claims/counts',
  options: {
    auth: { scope: 'claim:read' },
    app: { patientData: false, summary: 'How many claims stand in each view of the work list', response: Counts },
  },
  handler: (request) => countClaims(dbOf(request)),
});

const readClaim = route<ById>({
  method: 'GET',
  path: '/api/claims/{id}',
  options: {
    auth: { scope: 'claim:read' },
    validate: { params: idParams },
    app: { ...verb, summary: 'One claim with its lines, answers and past' },
  },
  handler: async (request, h) => versioned(h, await getClaim(dbOf(request), request.params.id)),
});

const build = route<{ Payload: { invoiceId: string } }>({
  method: 'POST',
  path: '/api/claims',
  options: {
    auth: work,
    validate: { payload: Joi.object({ invoiceId: uuid().required() }) },
    app: { ...verb, idempotent: 'required', summary: 'A claim over what a payer owes of an invoice' },
  },
  handler: async (request, h) => {
    const claim = await buildClaim(dbOf(request), request.payload.invoiceId);
    if (!claim) throw refuse('claim_nothing_to_ask');
    return versioned(h, claim).code(201).location(`/api/claims/${claim.id}`);
  },
});

const change = route<ById & { Payload: ClaimChange }>({
  method: 'PUT',
  path: '/api/claims/{id}',
  options: {
    auth: work,
    validate: { params: idParams, payload: ClaimChange },
    app: { ...verb, versioned: true, summary: 'Changes a claim that has not been sent' },
  },
  handler: async (request, h) =>
    versioned(h, await changeClaim(dbOf(request), request.params.id, ifMatch(request), request.payload)),
});

const check = route<ById>({
  method: 'POST',
  path: '/api/claims/{id}/check',
  options: {
    auth: work,
    validate: { params: idParams },
    app: { ...verb, versioned: true, summary: 'Ask every rule again' },
  },
  handler: async (request, h) => {
    await holdAt(dbOf(request), request.params.id, ifMatch(request));
    return versioned(h, await checkClaim(dbOf(request), request.params.id));
  },
});

const submit = route<ById>({
  method: 'POST',
  path: '/api/claims/{id}/submit',
  options: {
    auth: work,
    validate: { params: idParams },
    app: {
      ...verb,
      versioned: true,
      idempotent: 'required',
      summary: 'Send it; for some seconds it can be taken back',
    },
  },
  handler: async (request, h) => {
    const seconds = undoSeconds(request.server.app.hms.config);
    return versioned(h, await submitClaim(dbOf(request), request.params.id, ifMatch(request), seconds));
  },
});

const recall = route<ById>({
  method: 'POST',
  path: '/api/claims/{id}/recall',
  options: {
    auth: work,
    validate: { params: idParams },
    app: { ...verb, versioned: true, summary: 'Takes a claim back before it leaves' },
  },
  handler: async (request, h) => versioned(h, await recallClaim(dbOf(request), request.params.id, ifMatch(request))),
});

const cancel = route<ById & { Payload: { reason: string } }>({
  method: 'POST',
  path: '/api/claims/{id}/cancel',
  options: {
    auth: work,
    validate: { params: idParams, payload: Joi.object({ reason: text(500).required() }) },
    app: { ...verb, versioned: true, summary: 'Ask no payer: the patient owes it' },
  },
  handler: async (request, h) =>
    versioned(h, await cancelClaim(dbOf(request), request.params.id, ifMatch(request), request.payload.reason)),
});

const resubmit = route<ById>({
  method: 'POST',
  path: '/api/claims/{id}/resubmit',
  options: {
    auth: work,
    validate: { params: idParams },
    app: {
      ...verb,
      versioned: true,
      idempotent: 'required',
      summary: 'The denied lines on a new claim that names the payer’s number',
    },
  },
  handler: async (request, h) => {
    const claim = await resubmitClaim(dbOf(request), request.params.id, ifMatch(request));
    return versioned(h, claim).code(201).location(`/api/claims/${claim.id}`);
  },
});

const decide = route<{ Params: { id: string; sequence: number }; Payload: Decide }>({
  method: 'POST',
  path: '/api/claims/{id}/lines/{sequence}/decide',
  options: {
    auth: work,
    validate: {
      params: Joi.object({ id: uuid().required(), sequence: Joi.number().integer().min(1).required() }),
      payload: Decide,
    },
    app: { ...verb, versioned: true, summary: 'What becomes of a denied line' },
  },
  handler: async (request, h) => {
    const { id, sequence } = request.params;
    return versioned(h, await decideLine(dbOf(request), { id, sequence, version: ifMatch(request) }, request.payload));
  },
});

const answer = route<ById & { Payload: ClaimAnswer }>({
  method: 'POST',
  path: '/api/claims/{id}/answers',
  options: {
    auth: work,
    validate: { params: idParams, payload: ClaimAnswer },
    app: {
      ...verb,
      versioned: true,
      idempotent: 'required',
      summary: 'What a payer has written, where no connection brings it',
    },
  },
  handler: async (request, h) => {
    await holdAt(dbOf(request), request.params.id, ifMatch(request));
    return versioned(h, await recordAnswer(dbOf(request), request.params.id, request.payload)).code(201);
  },
});

const remit = route<{ Payload: NewRemittance }>({
  method: 'POST',
  path: '/api/remittances',
  options: {
    auth: work,
    validate: { payload: NewRemittance },
    app: {
      patientData: true,
      idempotent: 'required',
      response: Remittance,
      summary: 'A payer’s money, line by line',
      audit: (result: Remittance) => ({
        object: `PaymentReconciliation/${result.id}`,
        patientIds: [...new Set(result.lines.flatMap(({ patientId }) => patientId ?? []))],
      }),
    },
  },
  handler: async (request, h) => h.response(await postRemittance(dbOf(request), request.payload)).code(201),
});

const remittances = route<{ Query: Page & { unapplied: boolean } }>({
  method: 'GET',
  path: '/api/remittances',
  options: {
    auth: { scope: 'claim:read' },
    validate: { query: Joi.object({ ...pageQuery, unapplied: Joi.boolean().default(false) }) },
    app: {
      summary: 'What payers have paid, newest first',
      patientData: true,
      response: pageOfItems(Remittance),
      audit: ({ items }: { items: Remittance[] }) => ({
        object: 'PaymentReconciliation',
        patientIds: [...new Set(items.flatMap(({ lines }) => lines.flatMap(({ patientId }) => patientId ?? [])))],
      }),
    },
  },
  handler: async (request) => {
    const { limit, cursor, unapplied } = request.query;
    const rows = await listRemittances(dbOf(request), { unapplied, limit: limit + 1, after: readCursor(cursor, 2) });
    return pageOf(rows, limit, (last) => [last.paidOn, last.id]);
  },
});

export const claimRoutes = [
  claims, counts, readClaim, build, change, check, submit, recall, cancel, resubmit, decide, answer, remit, remittances,
]; // prettier-ignore
