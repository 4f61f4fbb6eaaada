import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { dbOf, idParams, ifMatch, route, versioned } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { patientExists, requirePatient } from '../queries.ts';
import { Contact, NewContact } from './model.ts';
import * as q from './queries.ts';

type ById = { Params: { id: string } };

/** `at` goes before the names of fields in a refusal. @throws refusals contact_ends_after_start, contact_not_themselves, contact_unknown */
export const addContact = async (tx: Db, patientId: string, it: NewContact, at = ''): Promise<string> => {
  await weigh(tx, patientId, it, at);
  return q.insertContact(tx, patientId, it);
};

const weigh = async (tx: Db, patientId: string, it: NewContact, at = ''): Promise<void> => {
  if (it.startsOn !== null && it.endsOn !== null && it.endsOn < it.startsOn)
    throw refuse('contact_ends_after_start', { field: `${at}endsOn` });
  if (it.relatedId === null) return;
  if (it.relatedId === patientId) throw refuse('contact_not_themselves', { field: `${at}relatedId` });
  if (!(await patientExists(tx, it.relatedId))) throw refuse('contact_unknown', { field: `${at}relatedId` });
};

const list = route<ById>({
  method: 'GET',
  path: '/api/patients/{id}/contacts',
  options: {
    auth: { scope: 'patient:read' },
    validate: { params: idParams },
    app: {
      summary: 'People around a patient: family, guardians, proxies',
      patientData: true,
      response: itemsOf(Contact),
    },
  },
  handler: async (request) => {
    const db = dbOf(request);
    await requirePatient(db, request.params.id);
    return { items: await q.listContacts(db, request.params.id) };
  },
});

const add = route<ById & { Payload: NewContact }>({
  method: 'POST',
  path: '/api/patients/{id}/contacts',
  options: {
    auth: { scope: 'patient:write' },
    validate: { params: idParams, payload: NewContact },
    app: {
      summary: 'Writes down somebody around a patient',
      patientData: true,
      idempotent: 'accepted',
      response: Contact,
    },
  },
  handler: async (request, h) => {
    const db = dbOf(request);
    const { id } = request.params;
    await requirePatient(db, id);
    const made = await addContact(db, id, request.payload);
    await publish(db, 'patients.contact-changed', id);
    return versioned(h, await q.getContact(db, made)).code(201);
  },
});

const change = route<ById & { Payload: NewContact }>({
  method: 'PUT',
  path: '/api/contacts/{id}',
  options: {
    auth: { scope: 'patient:write' },
    validate: { params: idParams, payload: NewContact },
    app: { versioned: true, summary: 'Changes what is known of a contact', patientData: true, response: Contact },
  },
  handler: async (request, h) => {
    const db = dbOf(request);
    const before = await q.getContact(db, request.params.id);
    await weigh(db, before.patientId, request.payload);
    if ((await q.updateContact(db, before.id, ifMatch(request), request.payload)) === null)
      throw refuse('version_stale', { version: before.version });
    await publish(db, 'patients.contact-changed', before.patientId);
    return versioned(h, await q.getContact(db, before.id));
  },
});

const end = route<ById>({
  method: 'POST',
  path: '/api/contacts/{id}/end',
  options: {
    auth: { scope: 'patient:write' },
    validate: { params: idParams },
    app: { versioned: true, summary: 'Takes a contact off a patient', patientData: true, response: Contact },
  },
  handler: async (request) => {
    const db = dbOf(request);
    const before = await q.getContact(db, request.params.id);
    if ((await q.endContact(db, before.id, ifMatch(request))) === null)
      throw refuse('version_stale', { version: before.version });
    await publish(db, 'patients.contact-changed', before.patientId);
    return before;
  },
});

export const contactRoutes = [list, add, change, end];
