import { randomUUID } from 'node:crypto';
import type { RequestRoute } from '@hapi/hapi';
import type { Client } from '../hms.ts';
import { exampleOf, type Example, type Row } from './examples.ts';
import type { House, Whose } from './hospital.ts';
import { comparable, send, type Sent } from './observe.ts';
import { placesOf, swapped, type Place } from './places.ts';
import type { Rehearsal } from './rehearsal.ts';
import { optionalIds, type Described } from './sample.ts';

/** How many things are tried until one is in a state in which the request is possible. */
const tries = 80;

/** A request that succeeds, and the same one about somebody whom its caller may not see. */
export interface Pair {
  name: string;
  row: Row;
  client: Client;
  ours: Example;
  theirs: Example | undefined;
}

/**
 * Possible only after what the demo does not do; asked all the same, and it must not be the answer of an id that nobody has.
 */
export const notShown = new Map([
  ['POST /api/auth/passkeys/{id}/remove', 'a device makes one; test/auth/passkeys asks with another person’s'],
  ['POST /api/claims/{id}/recall', 'a claim can be taken back for moments after it was sent'],
  ['POST /api/claims/{id}/submit', 'the demo has no claim that is complete and not sent'],
  ['POST /api/lab-messages/{id}/match', 'needs a message of another laboratory about this very specimen'],
  ['POST /api/stays/{id}/transfer', 'without a bed it needs a reserved one; with one it is shown'],
  ['POST /api/stays/{id}/cancel-discharge', 'the beds that were left are taken again'],
]);

const keyOf = (route: RequestRoute): string => `${route.method.toUpperCase()} ${route.path}`;
const isPortal = (row: Row): boolean => row.route.path.startsWith('/api/portal/');
/** Only somebody with clearance has such a thing before them at all. */
const needsClearance = new Set(['POST /api/patients/{id}/labels/{label}/end']);

/** Once as its schema asks for it, and once with each id that may be left out. */
export const variants = ({ route }: Row): (string | undefined)[] => {
  // What becomes of which appointment depends on each other: test/scheduling/leave.
  if (route.path.endsWith('/leave')) return [undefined];
  const { query, payload } = (route.settings.validate ?? {}) as Record<string, { describe?: () => Described } | null>;
  return [undefined, ...[query, payload].flatMap((schema) => optionalIds(schema?.describe?.() ?? { type: 'any' }))];
};

export const pairsOf = async (house: House, rehearsal: Rehearsal, row: Row, unable: string[]): Promise<Pair[]> => {
  const pairs: Pair[] = [];
  for (const plus of variants(row)) {
    const name = plus === undefined ? row.key : `${row.key} with ${plus}`;
    const cleared = needsClearance.has(keyOf(row.route));
    const client = isPortal(row) ? house.caller('patient') : house.caller('everything', cleared);
    const all = house.caller('everything', true);
    const whose: Whose = isPortal(row) ? 'own' : cleared ? 'protected' : 'foreign';
    const ours = await succeeding(house, rehearsal, row, client, whose, plus);
    if (!ours || placesOf(row, ours.example).length === 0) continue;
    if (ours.answer?.includes('/problems/report-parameter-unknown')) continue;
    if (ours.answer !== undefined && !notShown.has(row.key)) unable.push(`${name}: ${ours.answer}`);
    const theirs = isPortal(row)
      ? await exampleOf(house, row, 'foreign', { fresh: true, ...(plus ? { plus } : {}) })
      : await succeeding(house, rehearsal, row, all, 'protected', plus);
    pairs.push({ name, row, client, ours: ours.example, theirs: theirs?.example });
  }
  return pairs;
};

/** The first that would be done; where none would, the last that was tried and what came back. */
const succeeding = async (
  house: House,
  rehearsal: Rehearsal,
  row: Row,
  client: Client,
  whose: Whose,
  plus: string | undefined,
): Promise<{ example: Example; answer?: string } | undefined> => {
  const isRead = row.route.method === 'get';
  let last: { example: Example; answer: string } | undefined;
  for (let nth = 0; nth < tries; nth++) {
    const { example } = await exampleOf(house, row, whose, { fresh: true, nth, ...(plus ? { plus } : {}) });
    if (placesOf(row, example).length === 0) return { example };
    const sent = await send(house, client, example);
    if (isRead ? sent.status === 200 : rehearsal.succeeded(sent)) return { example };
    last = { example, answer: `${sent.status} ${sent.text.slice(0, 200)}` };
  }
  return last;
};

/** What is wrong with how a request answers when one of its ids is another one. */
export const wrongsOf = async (house: House, pair: Pair, place: Place): Promise<string[]> => {
  const { name, row, client, ours } = pair;
  const askWith = (id: string): Promise<Sent> => send(house, client, renewed(swapped(ours, place, id)));
  const isNumber = place.at === 'accession';
  const missing = await askWith(isNumber ? await numberOfNobody(house) : randomUUID());
  const answers: [string, Sent][] = [['of nobody', missing]];
  if (!isNumber) answers.push(['of another kind', await askWith(otherKind(house, place.id))]);
  const hidden = others.get(`${keyOf(row.route)} ${place.at}`) ?? samePlace(house, pair, place);
  if (hidden !== undefined) answers.push(['of somebody hidden', await askWith(hidden)]);
  const isOfficers = byOfficer.has(keyOf(row.route)) && place.at === 'patientId';
  return answers.flatMap(([what, sent]) => {
    const at = `${name}: ${place.in} ${place.at} ${what}: ${comparable(sent).slice(0, 300)}`;
    if (!isRefusal(row, place, sent)) return [at];
    const isSame = isOfficers || comparable(sent) === comparable(missing);
    return isSame ? [] : [`${at}\n    and of nobody ${comparable(missing).slice(0, 300)}`];
  });
};

/** Two requests are not one that was repeated. */
const renewed = (example: Example): Example =>
  example.headers['idempotency-key']
    ? { ...example, headers: { ...example.headers, 'idempotency-key': randomUUID() } }
    : example;

/** An id that only says of what is asked: the answer is empty, the same for each that is not there. */
const narrows = new Map([
  ['GET /api/appointments/{id}/reminder id', 'no reminder of it was planned for this patient'],
  ['POST /api/invoices encounterId', 'nothing of this visit is to be billed'],
  ['POST /api/portal/holds practitionerId', 'whoever has booked as much as they may is told that first'],
]);
/** Whoever reviews the audit asks it by ids, also of those whom they may not see; patients are counted there, not named. */
const byOfficer = new Set(['GET /api/audit', 'GET /api/audit/csv']);

/** Not found, not allowed, or a field named; a filter may also find nothing. */
const isRefusal = (row: Row, place: Place, { status, text }: Sent): boolean => {
  if (status === 404 || status === 403 || narrows.has(`${keyOf(row.route)} ${place.at}`)) return true;
  if (place.in === 'query') return status === 200 || status === 422;
  return place.in === 'body' && status === 422 && namesField(place, text);
};

const aliases: Record<string, string> = { departmentId: 'organization' };
/** `encounterId` is named by `path: encounterId`, or as what it is. */
const namesField = ({ at }: Place, text: string): boolean => {
  const field = at.split('.').findLast((part) => !/^\d+$/.test(part))!;
  const noun = field.replace(/Ids?$|s$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return [field, noun, aliases[field], ...(field === 'locationId' ? ['place'] : [])].some(
    (word) => word !== undefined && text.toLowerCase().includes(word.toLowerCase()),
  );
};

/** Something that is there, and no such thing. */
const otherKind = (house: House, id: string): string => {
  const patient = house.owners.get(id);
  return patient === id ? house.otherKind : (patient ?? house.own);
};

/** What stands there in the other request, if it is somebody's. */
const samePlace = (house: House, { row, theirs }: Pair, place: Place): string | undefined => {
  const id = theirs && placesOf(row, theirs).find((it) => it.in === place.in && it.at === place.at)?.id;
  return id !== undefined && (place.at === 'accession' || house.owners.has(id)) ? id : undefined;
};

/** With a check digit that holds: misread is another answer. */
const numberOfNobody = async (house: House): Promise<string> =>
  (await house.rows('select laboratory.accession(99999999) as number'))[0]!.number!;

const others = new Map<string, string>();
/** Things of other users, and a record under a protection that nobody is cleared for. */
export const arrangeOthers = async (house: House): Promise<void> => {
  const id = async (statement: string): Promise<string> => (await house.rows(statement))[0]!.id!;
  others.set(
    'POST /api/auth/sessions/{id}/end id',
    await id(
      `select s.id from auth.session s join auth."user" u on u.id = s.user_id where u.username = 'admin-plain' and s.ended_at is null limit 1`,
    ),
  );
  others.set(
    'POST /api/break-glass/{id}/end id',
    await id(
      `select g.id from core.break_glass g join auth."user" u on u.id = g.user_id where u.username = 'spare' limit 1`,
    ),
  );
  others.set(
    'POST /api/patients/{id}/labels/{label}/end id',
    await id(
      `insert into core.subject_label (subject_id, label) select max(subject_id::text)::uuid, 'hiv' from core.subject_label returning subject_id as id`,
    ),
  );
};
