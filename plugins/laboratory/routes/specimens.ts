import Joi from 'joi';
import { dbOf, headerOf, idParams, ifMatch, route, text, versioned } from '../../../core/routes.ts';
import { localeOf, say } from '../../../core/messages.ts';
import { enterResults, verifyResults } from '../actions/results.ts';
import { collectSpecimen, findByAccession, receiveSpecimen, rejectSpecimen } from '../actions/specimens.ts';
import { Entries, Verification } from '../model/results.ts';
import { Collection, Rejection, Specimen, tabs, Worklist, type Tab } from '../model/specimens.ts';
import { countWaiting, getSpecimen, listSpecimens } from '../queries/specimens.ts';

type Params = { id: string };
const one = { patientData: true, response: Specimen };

const worklist = route<{ Query: { tab: Tab } }>({
  method: 'GET',
  path: '/api/laboratory/worklist',
  options: {
    auth: { scope: 'specimen:read' },
    validate: {
      query: Joi.object({
        tab: Joi.string()
          .valid(...tabs)
          .required(),
      }),
    },
    app: {
      patientData: true,
      response: Worklist,
      summary: 'Specimens that wait to be collected, received or measured, most urgent first',
    },
  },
  handler: async (request) => {
    const db = dbOf(request);
    return { items: await listSpecimens(db, request.query.tab), counts: await countWaiting(db) };
  },
});

const byAccession = route<{ Params: { accession: string } }>({
  method: 'GET',
  path: '/api/laboratory/accessions/{accession}',
  options: {
    auth: { scope: 'specimen:read' },
    validate: { params: Joi.object({ accession: text(20).required() }) },
    app: { ...one, summary: 'The specimen with this number, as scanned from its label' },
  },
  handler: async (request, h) => versioned(h, await findByAccession(dbOf(request), request.params.accession)),
});

const read = route<{ Params: Params }>({
  method: 'GET',
  path: '/api/laboratory/specimens/{id}',
  options: {
    auth: { scope: 'specimen:read' },
    validate: { params: idParams },
    app: { ...one, summary: 'One specimen' },
  },
  handler: async (request, h) => versioned(h, await getSpecimen(dbOf(request), request.params)),
});

const collect = route<{ Params: Params; Payload: Collection }>({
  method: 'POST',
  path: '/api/laboratory/specimens/{id}/collect',
  options: {
    auth: { scope: 'specimen:collect' },
    validate: { params: idParams, payload: Collection },
    app: { ...one, versioned: true, summary: 'The specimen was taken from the patient' },
  },
  handler: async (request, h) =>
    versioned(
      h,
      await collectSpecimen(
        dbOf(request),
        { id: request.params.id, version: ifMatch(request) },
        request.payload.collectedAt,
      ),
    ),
});

const receive = route<{ Params: Params }>({
  method: 'POST',
  path: '/api/laboratory/specimens/{id}/receive',
  options: {
    auth: { scope: 'specimen:write' },
    validate: { params: idParams },
    app: { ...one, versioned: true, summary: 'The specimen has come to the laboratory' },
  },
  handler: async (request, h) =>
    versioned(h, await receiveSpecimen(dbOf(request), { id: request.params.id, version: ifMatch(request) })),
});

const reject = route<{ Params: Params; Payload: Rejection }>({
  method: 'POST',
  path: '/api/laboratory/specimens/{id}/reject',
  options: {
    auth: { scope: 'specimen:write' },
    validate: { params: idParams, payload: Rejection },
    app: { ...one, versioned: true, summary: 'Refuse a specimen with the reason, and ask for another' },
  },
  handler: async (request, h) =>
    versioned(
      h,
      await rejectSpecimen(dbOf(request), { id: request.params.id, version: ifMatch(request) }, request.payload),
    ),
});

const enter = route<{ Params: Params; Payload: Entries }>({
  method: 'POST',
  path: '/api/laboratory/specimens/{id}/results',
  options: {
    auth: { scope: 'result:write' },
    validate: { params: idParams, payload: Entries },
    app: { ...one, summary: 'Enter what was measured; each result names the version that was read' },
  },
  handler: async (request, h) => {
    const locale = localeOf(headerOf(request, 'accept-language'));
    const explain = ({ lowest, highest, unit }: { lowest: string; highest: string; unit: string }) =>
      say('vital_between', locale, { lowest, highest, unit });
    return versioned(h, await enterResults(dbOf(request), request.params.id, request.payload.results, explain));
  },
});

const verify = route<{ Params: Params; Payload: Verification }>({
  method: 'POST',
  path: '/api/laboratory/specimens/{id}/verify',
  options: {
    auth: { scope: 'result:verify' },
    validate: { params: idParams, payload: Verification },
    app: { ...one, summary: 'Verify entered results: they go into the chart' },
  },
  handler: async (request, h) =>
    versioned(h, await verifyResults(dbOf(request), request.params.id, request.payload.results)),
});

export const specimenRoutes = [worklist, byAccession, read, collect, receive, reject, enter, verify];
