import Joi from 'joi';
import { z } from 'zod';
import { dbOf, idParams, ifMatch, route, versioned } from '../../../core/routes.ts';
import { getSetting, putSetting } from '../../../core/settings.ts';
import { endAccess, invite, withdraw } from '../actions/accounts.ts';
import { knowServices } from '../actions/visits.ts';
import { Invited, NewInvitation, NewRules, Rules, VersionedRules } from '../model.ts';
import { isOn } from '../on.ts';

const make = route<{ Payload: NewInvitation }>({
  method: 'POST',
  path: '/api/portal-invitations',
  options: {
    auth: { scope: 'portal-account:write' },
    validate: { payload: NewInvitation },
    app: {
      patientData: true,
      response: Invited,
      audit: (_: never, request) => ({ patientIds: [(request.payload as unknown as NewInvitation).patientId] }),
      summary:
        'The code is in this answer and nowhere else; with `send` it also goes to a patient who has agreed to be written to',
    },
  },
  handler: async (request, h) =>
    h.response(await invite(dbOf(request), request.server.app.hms, request.payload)).code(201),
});

/** An act on what is open: whoever comes second is told that it is over. */
const verb = (path: string, summary: string, act: (db: ReturnType<typeof dbOf>, id: string) => Promise<string>) =>
  route<{ Params: { id: string } }>({
    method: 'POST',
    path,
    options: {
      auth: { scope: 'portal-account:write' },
      validate: { params: idParams, payload: Joi.object({}) },
      app: { patientData: true, response: z.strictObject({ patientId: z.uuid() }), summary },
    },
    handler: async (request) => ({ patientId: await act(dbOf(request), request.params.id) }),
  });

const readRules = route({
  method: 'GET',
  path: '/api/portal-rules',
  options: {
    auth: { scope: 'portal-rules:write' },
    app: {
      patientData: false,
      summary: 'What patients may book themselves, how early, how late, how much',
      response: VersionedRules,
    },
  },
  handler: async (request, h) => {
    const { value, version } = await getSetting(dbOf(request), 'portal.rules', Rules);
    return versioned(h, { ...value, version });
  },
});

const writeRules = route<{ Payload: Rules }>({
  method: 'PUT',
  path: '/api/portal-rules',
  options: {
    auth: { scope: 'portal-rules:write' },
    validate: { payload: NewRules },
    app: {
      patientData: false,
      versioned: true,
      response: VersionedRules,
      summary: 'What may be booked, how early, how late, how much; null services: all',
    },
  },
  handler: async (request, h) => {
    const db = dbOf(request);
    if (isOn(request.server.app.hms, 'scheduling')) await knowServices(db, request.payload);
    await putSetting(db, 'portal.rules', ifMatch(request), request.payload);
    const { value, version } = await getSetting(db, 'portal.rules', Rules);
    return versioned(h, { ...value, version });
  },
});

export const accounts = [
  make,
  verb('/api/portal-invitations/{id}/withdraw', 'Takes an invitation back that nobody has used', withdraw),
  verb('/api/portal-accesses/{id}/end', 'Ends the access of somebody to a record', endAccess),
  readRules,
  writeRules,
];
