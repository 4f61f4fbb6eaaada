import Joi from 'joi';
import { dbOf, idParams, ifMatch, route, uuid, versioned } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import * as actions from '../actions/coverages.ts';
import { Coverage, CoverageChange, Eligibility, NewCoverage, NewPayer, NewPlan, Payer, Shares } from '../model.ts';
import { getCoverage, listCoverages, listPayers } from '../queries/coverages.ts';
import { getShares } from '../queries/shares.ts';

type ById = { Params: { id: string } };

const payers = route({
  method: 'GET',
  path: '/api/payers',
  options: {
    auth: { scope: 'coverage:read' },
    app: { patientData: false, response: itemsOf(Payer), summary: 'Payers with their plans' },
  },
  handler: async (request) => ({ items: await listPayers(dbOf(request)) }),
});

const addPayer = route<{ Payload: NewPayer }>({
  method: 'POST',
  path: '/api/payers',
  options: {
    auth: { scope: 'payer:write' },
    validate: { payload: NewPayer },
    app: { patientData: false, summary: 'Adds a payer', response: Payer },
  },
  handler: async (request, h) => versioned(h, await actions.addPayer(dbOf(request), request.payload)).code(201),
});

const changePayer = route<ById & { Payload: NewPayer }>({
  method: 'PUT',
  path: '/api/payers/{id}',
  options: {
    auth: { scope: 'payer:write' },
    validate: { params: idParams, payload: NewPayer },
    app: { patientData: false, versioned: true, summary: 'Changes a payer', response: Payer },
  },
  handler: async (request, h) =>
    versioned(h, await actions.changePayer(dbOf(request), request.params.id, ifMatch(request), request.payload)),
});

const addPlan = route<{ Payload: NewPlan }>({
  method: 'POST',
  path: '/api/insurance-plans',
  options: {
    auth: { scope: 'payer:write' },
    validate: { payload: NewPlan },
    app: { patientData: false, summary: 'Adds a plan of a payer', response: Payer },
  },
  handler: async (request, h) =>
    h.response(await actions.addPlan(dbOf(request), request.payload, request.server.app.hms.config.currency)).code(201),
});

const changePlan = route<ById & { Payload: NewPlan }>({
  method: 'PUT',
  path: '/api/insurance-plans/{id}',
  options: {
    auth: { scope: 'payer:write' },
    validate: { params: idParams, payload: NewPlan },
    app: { patientData: false, versioned: true, summary: 'Changes a plan', response: Payer },
  },
  handler: (request) => actions.changePlan(dbOf(request), request.params.id, ifMatch(request), request.payload),
});

const coverages = route<{ Query: { patientId: string } }>({
  method: 'GET',
  path: '/api/coverages',
  options: {
    auth: { scope: 'coverage:read' },
    validate: { query: Joi.object({ patientId: uuid().required() }) },
    app: { summary: 'The coverages of a patient', patientData: true, response: itemsOf(Coverage) },
  },
  handler: async (request) => ({ items: await listCoverages(dbOf(request), request.query.patientId) }),
});

const readCoverage = route<ById>({
  method: 'GET',
  path: '/api/coverages/{id}',
  options: {
    auth: { scope: 'coverage:read' },
    validate: { params: idParams },
    app: { summary: 'One coverage', patientData: true, response: Coverage },
  },
  handler: async (request, h) => versioned(h, await getCoverage(dbOf(request), request.params.id)),
});

const addCoverage = route<{ Payload: NewCoverage }>({
  method: 'POST',
  path: '/api/coverages',
  options: {
    auth: { scope: 'coverage:write' },
    validate: { payload: NewCoverage },
    app: {
      summary: 'Records that a plan covers a patient',
      patientData: true,
      idempotent: 'accepted',
      response: Coverage,
    },
  },
  handler: async (request, h) => {
    const coverage = await actions.addCoverage(dbOf(request), request.payload);
    return versioned(h, coverage).code(201).location(`/api/coverages/${coverage.id}`);
  },
});

const changeCoverage = route<ById & { Payload: CoverageChange }>({
  method: 'PUT',
  path: '/api/coverages/{id}',
  options: {
    auth: { scope: 'coverage:write' },
    validate: { params: idParams, payload: CoverageChange },
    app: { versioned: true, summary: 'Changes a coverage', patientData: true, response: Coverage },
  },
  handler: async (request, h) =>
    versioned(h, await actions.changeCoverage(dbOf(request), request.params.id, ifMatch(request), request.payload)),
});

const cancelCoverage = route<ById>({
  method: 'POST',
  path: '/api/coverages/{id}/cancel',
  options: {
    auth: { scope: 'coverage:write' },
    validate: { params: idParams },
    app: {
      versioned: true,
      summary: 'Ends a coverage',
      patientData: true,
      response: Coverage,
    },
  },
  handler: async (request, h) =>
    versioned(h, await actions.cancelCoverage(dbOf(request), request.params.id, ifMatch(request))),
});

const askEligibility = route<ById>({
  method: 'POST',
  path: '/api/coverages/{id}/eligibility',
  options: {
    auth: { scope: 'coverage:write' },
    validate: { params: idParams },
    app: {
      patientData: true,
      idempotent: 'accepted',
      response: Eligibility,
      summary: 'Ask the payer whether this coverage is in force today; the answer comes later',
      audit: (_result: Eligibility, request) => ({ object: `Coverage/${String(request.params.id)}` }),
    },
  },
  handler: async (request, h) => {
    const { zone } = request.server.app.hms.config;
    return h.response(await actions.askEligibility(dbOf(request), request.params.id, zone)).code(202);
  },
});

const shares = route<ById>({
  method: 'GET',
  path: '/api/invoices/{id}/shares',
  options: {
    auth: { scope: 'invoice:read' },
    validate: { params: idParams },
    app: { patientData: true, response: Shares, summary: 'Which part of each line is the patient’s and the payer’s' },
  },
  handler: (request) => getShares(dbOf(request), request.params.id),
});

export const coverageRoutes = [
  payers, addPayer, changePayer, addPlan, changePlan, coverages, readCoverage, addCoverage, changeCoverage, cancelCoverage, askEligibility, shares,
]; // prettier-ignore
