import type { Request } from '@hapi/hapi';
import Joi from 'joi';
import { publish } from '../../../core/events.ts';
import { dbOf, idParams, route, uuid } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { labels } from '../../auth/api.ts';
import { requirePatient } from '../queries.ts';
import { refuse } from '../../../core/refuse.ts';
import { breakGlass, closeGlass, reviewGlass } from './actions.ts';
import { BrokenGlass, Glass, GlassCount, GlassItem, GlassLook, NewReview, Protection, Reason } from './model.ts';
import { countOpenGlass, findProtection, isCleared, listGlass, listLooks, putLabel, takeLabel } from './queries.ts';

const labelParams = Joi.object({
  id: uuid().required(),
  label: Joi.string()
    .valid(...labels)
    .required(),
});
/** The audit keeps which label and why; the row itself goes when the label is taken off. */
const labelled = (what: string) => (_: unknown, request: Request) => ({
  object: `Patient/${request.params.id}`,
  patientIds: [String(request.params.id)],
  detail: `${what} ${request.params.label}: ${(request.payload as Reason).reason}`,
});

const label = (path: string, summary: string, what: string, act: typeof putLabel) =>
  route<{ Params: { id: string; label: string }; Payload: Reason }>({
    method: 'POST',
    path,
    options: {
      auth: { scope: 'label:write' },
      validate: { params: labelParams, payload: Reason },
      app: { summary, patientData: true, audit: labelled(what), response: null },
    },
    handler: async (request, h) => {
      const db = dbOf(request);
      await requirePatient(db, request.params.id);
      // Open glass is for one person and an hour: it does not open the record to everybody.
      if (act === takeLabel && !(await isCleared(db, request.params.label))) throw refuse('label_needs_clearance');
      await act(db, request.params.id, request.params.label, request.payload.reason);
      await publish(db, 'patients.protection-changed', request.params.id);
      return h.response().code(204);
    },
  });

export const protectionRoutes = [
  route<{ Params: { id: string } }>({
    method: 'GET',
    path: '/api/patients/{id}/protection',
    options: {
      auth: { scope: 'patient:read' },
      validate: { params: idParams },
      app: {
        summary: 'What protects a record, and whether the caller has broken the glass',
        patientData: true,
        response: Protection,
      },
    },
    handler: async (request) => {
      const found = await findProtection(dbOf(request), request.params.id);
      if (found === null) throw refuse('not_found');
      return found;
    },
  }),
  label('/api/patients/{id}/labels/{label}', 'Puts a record under protection', 'label', putLabel),
  label('/api/patients/{id}/labels/{label}/end', 'Takes a protection off a record', 'label ended', takeLabel),
  route<{ Payload: BrokenGlass }>({
    method: 'POST',
    path: '/api/break-glass',
    options: {
      auth: { scope: 'glass:break' },
      validate: { payload: BrokenGlass },
      app: {
        summary: 'Opens one hidden record in an emergency, for a time; the privacy officer is told at once',
        patientData: true,
        audit: (glass: Glass, request) => ({
          action: 'E',
          object: `Patient/${glass.patientId}`,
          patientIds: [glass.patientId],
          purpose: 'BTG',
          detail: (request.payload as BrokenGlass).reason,
        }),
        response: Glass,
      },
    },
    handler: async (request, h) => h.response(await breakGlass(dbOf(request), request.payload)).code(201),
  }),
  route<{ Params: { id: string } }>({
    method: 'POST',
    path: '/api/break-glass/{id}/end',
    options: {
      auth: { scope: 'glass:break' },
      validate: { params: idParams },
      app: { summary: 'Ends what one has opened in an emergency', patientData: true, response: null },
    },
    handler: async (request, h) => {
      const patientId = await closeGlass(dbOf(request), request.params.id);
      request.app.noted = {
        action: 'E',
        object: `Patient/${patientId}`,
        patientIds: [patientId],
        purpose: 'BTG',
        detail: 'ended',
      };
      return h.response().code(204);
    },
  }),
  route<{ Query: { open: boolean; limit: number } }>({
    method: 'GET',
    path: '/api/break-glass',
    options: {
      auth: { scope: 'access:review' },
      validate: {
        query: Joi.object({
          open: Joi.boolean().default(true),
          limit: Joi.number().integer().min(1).max(100).default(50),
        }),
      },
      app: {
        summary: 'Records that were opened in an emergency: those to be decided, or those that were; newest first',
        patientData: true,
        response: itemsOf(GlassItem),
      },
    },
    handler: async (request) => ({ items: await listGlass(dbOf(request), request.query.open, request.query.limit) }),
  }),
  route({
    method: 'GET',
    path: '/api/break-glass/count',
    options: {
      auth: { scope: 'access:review' },
      app: {
        patientData: false,
        summary: 'How many records that were opened in an emergency wait for a decision',
        response: GlassCount,
      },
    },
    handler: (request) => countOpenGlass(dbOf(request)),
  }),
  route<{ Params: { id: string } }>({
    method: 'GET',
    path: '/api/break-glass/{id}/looks',
    options: {
      auth: { scope: 'access:review' },
      validate: { params: idParams },
      app: {
        summary: 'What was looked at and done while a record was open in an emergency',
        patientData: true,
        response: itemsOf(GlassLook),
      },
    },
    handler: async (request) => ({ items: await listLooks(dbOf(request), request.params.id, 500) }),
  }),
  route<{ Params: { id: string }; Payload: NewReview }>({
    method: 'POST',
    path: '/api/break-glass/{id}/review',
    options: {
      auth: { scope: 'access:review' },
      validate: { params: idParams, payload: NewReview },
      app: {
        summary: 'Says what came of an emergency access: accepted, questioned or escalated; never one’s own',
        patientData: true,
        response: GlassItem,
      },
    },
    handler: (request) => reviewGlass(dbOf(request), request.params.id, request.payload),
  }),
];
