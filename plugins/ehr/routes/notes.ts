import Joi from 'joi';
import { pageOf, pageQuery, readCursor } from '../../../core/paging.ts';
import { refuse } from '../../../core/refuse.ts';
import { dbOf, headerOf, idParams, ifMatch, route, text, uuid, versioned } from '../../../core/routes.ts';
import { pageOfItems } from '../../../core/shapes.ts';
import { amendNote, signNote, writeNote } from '../actions/notes.ts';
import { Note, NoteText } from '../model.ts';
import { findNote, getNote, listNotes } from '../queries/notes.ts';

const list = route<{ Query: { patientId: string; limit: number; cursor?: string } }>({
  method: 'GET',
  path: '/api/notes',
  options: {
    auth: { scope: 'note:read' },
    validate: { query: Joi.object({ patientId: uuid().required(), ...pageQuery }) },
    app: { summary: 'The notes of a patient, newest first', patientData: true, response: pageOfItems(Note) },
  },
  handler: async (request) => {
    const { patientId, limit, cursor } = request.query;
    const rows = await listNotes(dbOf(request), {
      patientId,
      limit: limit + 1,
      after: readCursor(cursor, 2) as [string, string] | null,
    });
    const { items, ...next } = pageOf(rows, limit, (last) => [last.datedAt, last.id]);
    return { items: items.map(({ datedAt: _, ...note }) => note), ...next };
  },
});

const readById = route<{ Params: { id: string } }>({
  method: 'GET',
  path: '/api/notes/{id}',
  options: {
    auth: { scope: 'note:read' },
    validate: { params: idParams },
    app: { summary: 'One note', patientData: true, response: Note },
  },
  handler: async (request, h) => versioned(h, await getNote(dbOf(request), request.params.id)),
});

const read = route<{ Params: { id: string } }>({
  method: 'GET',
  path: '/api/encounters/{id}/note',
  options: {
    auth: { scope: 'note:read' },
    validate: { params: idParams },
    app: { summary: 'The note of a visit', patientData: true, response: Note },
  },
  handler: async (request, h) => {
    const note = await findNote(dbOf(request), request.params.id);
    if (!note) throw refuse('not_found');
    return versioned(h, note);
  },
});

/** Also what an editor sends every other second: the first with `If-None-Match: *`, then each with the version it has read. */
const write = route<{ Params: { id: string }; Payload: NoteText }>({
  method: 'PUT',
  path: '/api/encounters/{id}/note',
  options: {
    auth: { scope: 'note:write' },
    validate: { params: idParams, payload: NoteText },
    app: {
      versioned: 'if-there',
      patientData: true,
      response: Note,
      summary: 'Writes the draft: If-None-Match: * for the first, then If-Match',
    },
  },
  handler: async (request, h) => {
    const isFirst = headerOf(request, 'if-none-match')?.trim() === '*';
    const note = await writeNote(dbOf(request), request.params.id, isFirst ? null : ifMatch(request), request.payload);
    return versioned(h, note).code(isFirst ? 201 : 200);
  },
});

const sign = route<{ Params: { id: string } }>({
  method: 'POST',
  path: '/api/encounters/{id}/note/sign',
  options: {
    auth: { scope: 'note:sign' },
    validate: { params: idParams },
    app: {
      versioned: true,
      summary: 'Signs the note, which then is changed by addenda only',
      patientData: true,
      response: Note,
    },
  },
  handler: async (request, h) => versioned(h, await signNote(dbOf(request), request.params.id, ifMatch(request))),
});

const amend = route<{ Params: { id: string }; Payload: { text: string } }>({
  method: 'POST',
  path: '/api/encounters/{id}/note/amend',
  options: {
    auth: { scope: 'note:sign' },
    validate: { params: idParams, payload: Joi.object({ text: text(20_000).required() }) },
    app: {
      versioned: true,
      patientData: true,
      response: Note,
      summary: 'Adds an addendum to a signed note, which then is amended',
    },
  },
  handler: async (request, h) =>
    versioned(h, await amendNote(dbOf(request), request.params.id, ifMatch(request), request.payload.text)),
});

export const noteRoutes = [list, readById, read, write, sign, amend];
