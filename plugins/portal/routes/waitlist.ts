import Joi from 'joi';
import { refuse } from '../../../core/refuse.ts';
import { idParams, ifMatch, route, versioned } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { acceptOffer, declineOffer, getAppointment, getOffer, leaveWaitlist, listWaiting, releaseHold, WaitlistEntryHead, writtenTimes } from '../../scheduling/api.ts'; // prettier-ignore
import { getRules } from '../actions/visits.ts';
import * as act from '../actions/waitlist.ts';
import { HeldBooking, NewHold, NewWish, Visit } from '../model.ts';
import { getVisit } from '../queries/visits.ts';
import { isOn } from '../on.ts';
import { acting, own, reading } from '../self.ts';
import { wishReminders } from './visits.ts';

const scheduling = { ...own.app, needs: 'scheduling' } as const;
interface Id {
  id: string;
}
const nothing = Joi.object({});
/** As the role `patient`: what is somebody else's is not there. */
const readVisit = (request: unknown, id: string) =>
  reading(request, async (db) => getVisit(db, await getRules(db), id));
const Waiting = itemsOf(WaitlistEntryHead);

const readWaiting = (request: unknown) =>
  reading(request, async (db, { patientId }) => ({ items: await listWaiting(db, patientId) }));

const list = route({
  method: 'GET',
  path: '/api/portal/waitlist',
  options: {
    auth: own.auth,
    app: { ...scheduling, response: Waiting, summary: 'What the patient waits for, with the times that are offered' },
  },
  handler: readWaiting,
});

const join = route<{ Payload: NewWish }>({
  method: 'POST',
  path: '/api/portal/waitlist',
  options: {
    auth: own.auth,
    validate: { payload: NewWish },
    app: { ...scheduling, transaction: false, response: Waiting, summary: 'Waits for a time that suits' },
  },
  handler: async (request, h) => {
    await acting(request, h, async (tx, self) => {
      await act.join(tx, self, request.payload);
      return {};
    });
    return h.response(await readWaiting(request)).code(201);
  },
});

const leave = route<{ Params: Id }>({
  method: 'POST',
  path: '/api/portal/waitlist/{id}/leave',
  options: {
    auth: own.auth,
    validate: { params: idParams, payload: nothing },
    app: { ...scheduling, versioned: true, transaction: false, response: Waiting, summary: 'Waits no longer' },
  },
  handler: async (request, h) => {
    const version = ifMatch(request);
    const { items } = await readWaiting(request);
    // As the role `patient`: what is somebody else's is not there.
    const id = items.find((it) => it.id === request.params.id)?.id;
    if (id === undefined) throw refuse('not_found');
    await acting(request, h, async (tx) => {
      await leaveWaitlist(tx, id, version);
      return {};
    });
    return readWaiting(request);
  },
});

const accept = route<{ Params: Id }>({
  method: 'POST',
  path: '/api/portal/waitlist-offers/{id}/accept',
  options: {
    auth: own.auth,
    validate: { params: idParams, payload: nothing },
    app: {
      ...scheduling,
      transaction: false,
      response: Visit,
      summary: 'Takes the time that is offered; 410 offer-gone when it is over or was answered',
    },
  },
  handler: async (request, h) => {
    const { id, appointmentId } = await reading(request, (db) => getOffer(db, request.params.id));
    await acting(request, h, async (tx) => {
      await acceptOffer(tx, id);
      return {};
    });
    return versioned(h, await readVisit(request, appointmentId));
  },
});

const decline = route<{ Params: Id }>({
  method: 'POST',
  path: '/api/portal/waitlist-offers/{id}/decline',
  options: {
    auth: own.auth,
    validate: { params: idParams, payload: nothing },
    app: { ...scheduling, transaction: false, response: Waiting, summary: 'Leaves the time to the next, and waits on' },
  },
  handler: async (request, h) => {
    const { id } = await reading(request, (db) => getOffer(db, request.params.id));
    await acting(request, h, async (tx) => {
      await declineOffer(tx, id);
      return {};
    });
    return readWaiting(request);
  },
});

const hold = route<{ Payload: NewHold }>({
  method: 'POST',
  path: '/api/portal/holds',
  options: {
    auth: own.auth,
    validate: { payload: NewHold },
    app: {
      ...scheduling,
      transaction: false,
      response: Visit,
      summary: 'Keeps a time for some minutes while the patient makes up their mind; booked with its `holdId`',
    },
  },
  handler: async (request, h) => {
    let id = '';
    await acting(request, h, async (tx, self) => {
      ({ id } = await act.hold(tx, self, request.payload, writtenTimes(request)));
      return {};
    });
    return versioned(h, await readVisit(request, id)).code(201);
  },
});

const book = route<{ Params: Id; Payload: HeldBooking }>({
  method: 'POST',
  path: '/api/portal/holds/{id}/book',
  options: {
    auth: own.auth,
    validate: { params: idParams, payload: HeldBooking },
    app: {
      ...scheduling,
      transaction: false,
      response: Visit,
      summary: 'Books the time that was kept; 410 hold-expired when that is over',
    },
  },
  handler: async (request, h) => {
    const { id } = await readVisit(request, request.params.id);
    const { reason = null, reminders } = request.payload;
    await acting(request, h, async (tx, self) => {
      await act.bookKept(tx, self, id, reason);
      if (reminders !== undefined && isOn(request.server.app.hms, 'messaging'))
        await wishReminders(tx, self.patientId, reminders);
      return {};
    });
    return versioned(h, await readVisit(request, id));
  },
});

const release = route<{ Params: Id }>({
  method: 'POST',
  path: '/api/portal/holds/{id}/release',
  options: {
    auth: own.auth,
    validate: { params: idParams, payload: nothing },
    app: { ...scheduling, versioned: true, transaction: false, response: Visit, summary: 'Gives a kept time back' },
  },
  handler: async (request, h) => {
    const version = ifMatch(request);
    const { id } = await readVisit(request, request.params.id);
    await acting(request, h, async (tx) => releaseHold(tx, (await getAppointment(tx, id)).id, version));
    return versioned(h, await readVisit(request, id));
  },
});

export const waitlist = [list, join, leave, accept, decline, hold, book, release];
