import type { Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { ifMatch, route, versioned } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { getPreference, MessagePreference, NewPreference, setPreference } from '../../messaging/api.ts';
import { amendPatient, getPatient } from '../../patients/api.ts';
import { getRules } from '../actions/visits.ts';
import { Contact, Me, OwnMessage } from '../model.ts';
import { listOwnPatients } from '../queries/access.ts';
import { listOwnMessages } from '../queries/messages.ts';
import { acting, own, reading, type Self } from '../self.ts';

const messaging = { ...own.app, needs: 'messaging' } as const;

const meOf = async (db: Db, { patientId }: Self): Promise<Me> => {
  const it = await getPatient(db, patientId);
  const patients = [...(await listOwnPatients(db))];
  const role = patients.find((each) => each.patientId === patientId)?.role ?? 'carer';
  return {
    patientId,
    recordNumber: it.recordNumber,
    familyName: it.familyName,
    givenName: it.givenName,
    birthDate: it.birthDate,
    phone: it.phone,
    email: it.email,
    addressLine: it.addressLine,
    postalCode: it.postalCode,
    city: it.city,
    version: it.version,
    role,
    mayChange: role !== 'carer',
    patients,
    cancelHours: (await getRules(db)).cancelHours,
  };
};

const me = route({
  method: 'GET',
  path: '/api/portal/me',
  options: {
    auth: own.auth,
    app: { ...own.app, response: Me, summary: 'Whose record this session shows, and whose it may' },
  },
  handler: async (request, h) => versioned(h, await reading(request, meOf)),
});

/** A carer helps with visits and bills; how the patient is reached is for the patient, parents and guardians to say. */
const mayChange = (it: Me): void => {
  if (!it.mayChange) throw refuse('portal_not_for_carers');
};

const contact = route<{ Payload: Contact }>({
  method: 'PUT',
  path: '/api/portal/contact',
  options: {
    auth: own.auth,
    validate: { payload: Contact },
    app: {
      versioned: true,
      ...own.app,
      // Whoever finds an open screen does not redirect what is sent to the patient.
      recent: true,
      transaction: false,
      response: Me,
      summary: 'How the patient is reached: phone and e-mail',
    },
  },
  handler: async (request, h) => {
    const version = ifMatch(request);
    const { phone, email } = request.payload;
    mayChange(await reading(request, meOf));
    await acting(request, h, async (tx, { patientId }) => {
      await amendPatient(tx, patientId, version, { ...(await getPatient(tx, patientId)), phone, email });
      return {};
    });
    return versioned(h, await reading(request, meOf));
  },
});

const messages = route({
  method: 'GET',
  path: '/api/portal/messages',
  options: {
    auth: own.auth,
    app: { ...messaging, response: itemsOf(OwnMessage), summary: 'What has been written to the patient' },
  },
  handler: (request) => reading(request, async (db) => ({ items: await listOwnMessages(db, 50) })),
});

const preference = route({
  method: 'GET',
  path: '/api/portal/message-preference',
  options: {
    auth: own.auth,
    app: {
      ...messaging,
      summary: 'What the patient who is signed in has agreed to be sent',
      response: MessagePreference,
    },
  },
  handler: async (request, h) =>
    versioned(h, await reading(request, (db, { patientId }) => getPreference(db, patientId))),
});

const putPreference = route<{ Payload: NewPreference }>({
  method: 'PUT',
  path: '/api/portal/message-preference',
  options: {
    auth: own.auth,
    validate: { payload: NewPreference },
    app: {
      ...messaging,
      summary: 'Changes what the patient who is signed in is sent',
      versioned: true,
      transaction: false,
      response: MessagePreference,
    },
  },
  handler: async (request, h) => {
    const version = ifMatch(request);
    mayChange(await reading(request, meOf));
    await acting(request, h, async (tx, { patientId }) => {
      await setPreference(tx, patientId, version, request.payload);
      return {};
    });
    return versioned(h, await reading(request, (db, { patientId }) => getPreference(db, patientId)));
  },
});

export const profile = [me, contact, messages, preference, putPreference];
