import { createHash } from 'node:crypto';
import { auditWork } from '../../core/audit/write.ts';
import { hospitalNow } from '../../core/clock.ts';
import { causeOf, type Db } from '../../core/database.ts';
import type { Hms } from '../../core/hms.ts';
import { Refusal, refuse } from '../../core/refuse.ts';
import { receiveOutsideResults } from '../laboratory/api.ts';
import { raiseAlert } from '../messaging/api.ts';
import { readReport } from './fhir/read.ts';
import { decode, faultOf, headerOf, messagesOfBatch, unknownHeader, type Fault, type Header } from './hl7/header.ts';
import { readResults } from './hl7/read.ts';
import { acknowledge } from './hl7/write.ts';
import { matchResults, namedIn } from './match.ts';
import type { Frame } from './mllp.ts';
import { Parked, type Incoming, type Parking } from './model.ts';
import * as q from './queries/incoming.ts';
import { orderedIn, orderedUnder, type Ordered } from './queries/match.ts';

export interface Where {
  connectionId: string;
  laboratory: string;
}

/** Refusals of the laboratory plugin, as reasons to wait for a person. */
const parkedBy: Readonly<Record<string, Parking>> = {
  result_implausible: 'implausible',
  result_not_an_option: 'value-unreadable',
  result_of_other_kind: 'value-unreadable',
  outside_final_differs: 'final-differs',
  outside_order_closed: 'order-closed',
};

/** Screens look again; no plugin acts on it. */
const tell = (tx: Db, what: string, id: string): void =>
  tx.announce({ name: `lab-adapter.message-${what}`, subjectId: id, only: { permission: 'lab-message:read' } });

const post = async (
  tx: Db,
  id: string,
  incoming: Incoming,
  rows: readonly Ordered[],
  { laboratory, person }: { laboratory: string; person: string | null },
): Promise<void> => {
  const postings = matchResults(incoming, rows, person !== null);
  for (const { specimenId, results } of postings)
    await receiveOutsideResults(tx, specimenId, results, {
      laboratory,
      reason: `Corrected by ${laboratory}`,
      decided: person !== null,
    });
  const [first] = postings;
  if (!first) throw new Parked('unknown-order');
  await q.markPosted(tx, id, { patientId: first.patientId, specimenId: first.specimenId, matchedBy: person });
  // A person's match is audited with their request.
  if (person === null)
    await auditWork(tx, {
      action: 'C',
      route: 'lab-adapter incoming',
      object: `lab-messages/${id}`,
      patientIds: [first.patientId],
      requestId: id,
    });
  tell(tx, 'posted', id);
};

/** Why it waits; undefined where the fault is the database's or the network's, and the whole is tried again. */
const parkingOf = (error: unknown): Parked | undefined => {
  if (error instanceof Parked) return error;
  const { code, constraint } = causeOf(error);
  const name = error instanceof Refusal ? error.refusal : constraint;
  const known = name === undefined ? undefined : parkedBy[name];
  if (known) return new Parked(known);
  if (code && !/^(22|23)/.test(code)) return undefined;
  return new Parked('unreadable', (error as Error).name);
};

/** Posts it, or says what stands in the way; what was posted until then is taken back. */
const postOrPark = async (tx: Db, id: string, read: () => Incoming, { laboratory }: Where): Promise<void> => {
  try {
    await tx.savepoint(async (part) => {
      const incoming = read();
      if (incoming.isTest) throw new Parked('test-message');
      await post(part, id, incoming, await orderedUnder(part, namedIn(incoming)), { laboratory, person: null });
    });
  } catch (error) {
    const parked = parkingOf(error);
    if (!parked) throw error;
    await park(tx, id, parked.reason, parked.detail);
  }
};

const park = async (tx: Db, id: string, reason: Parking, detail: string | null): Promise<void> => {
  await q.markParked(tx, id, reason, detail);
  tell(tx, 'parked', id);
  await raiseAlert(tx, {
    to: { permission: 'lab-message:work' },
    kind: 'lab-adapter.message-parked',
    severity: 'warning',
    textKey: 'alert_lab_message_parked',
    subjectId: null,
    path: '/lab-connections?show=unmatched',
  });
};

const digestOf = (body: string): string => createHash('sha256').update(body).digest('hex');

/** Stored, and posted or parked, in one transaction: what is acknowledged is kept. The same again gets the same answer. */
const receive = (
  db: Db,
  zone: string,
  it: { body: string; header: Header; fault: Fault | undefined },
  where: Where,
): Promise<string> =>
  db.transaction(async (tx) => {
    const { body, header, fault } = it;
    const name = { sender: header.sender, controlId: header.controlId, digest: digestOf(body) };
    const answer = acknowledge(header, await hospitalNow(tx), zone, fault);
    const stored = await q.insertIncoming(tx, {
      ...where,
      ...name,
      type: header.type,
      body,
      state: fault ? 'refused' : 'parked',
      reason: fault ?? 'unreadable',
      code: answer.code,
      answer: answer.text,
    });
    if (stored === null) return q.answerAgain(tx, name);
    const { id, isReused } = stored;
    if (fault) tell(tx, 'refused', id);
    else if (isReused) await park(tx, id, 'control-id-reused', null);
    else await postOrPark(tx, id, () => readResults(body, header), where);
    return answer.text;
  });

/** What a sender is told where nothing could be kept: it will come again. */
const notNow = (header: Header, zone: string): string =>
  acknowledge(header, new Date().toISOString(), zone, 'not-now').text;

/** The answer to one frame, whatever is in it: never none, never a stopped line. */
export const answerFrame = async (hms: Hms, db: Db, { body, fault }: Frame, where: Where): Promise<string> => {
  const zone = hms.config.zone;
  const one = async (text: string, known: Fault | undefined): Promise<string> => {
    const { header, fault: broken } = headerOf(text);
    try {
      // PostgreSQL keeps no NUL; nobody sends one on purpose.
      const it = { body: text.replaceAll('\0', ''), header, fault: known ?? broken ?? faultOf(text, header) };
      return await receive(db, zone, it, where);
    } catch (error) {
      hms.log.error({ err: error as Error }, 'a laboratory message could not be kept');
      return notNow(header, zone);
    }
  };
  const decoded = decode(body);
  const wrong = fault ?? decoded.fault;
  const batch = wrong ? null : messagesOfBatch(decoded.text);
  if (!batch) return one(decoded.text, wrong);
  const answers: string[] = [];
  for (const text of batch) answers.push(await one(text, undefined));
  if (answers.length === 0) answers.push(await one(decoded.text, 'not-hl7'));
  return `BHS|^~\\&|OPENWARD|HOSPITAL\r${answers.join('')}BTS|${String(answers.length)}\r`;
};

/** A report that was fetched by FHIR: the same rules, and nobody waits for an answer. */
export const receiveReport = (
  db: Db,
  it: { sender: string; controlId: string; body: string },
  where: Where,
): Promise<void> =>
  db.transaction(async (tx) => {
    const name = { sender: it.sender, controlId: it.controlId, digest: digestOf(it.body) };
    const stored = await q.insertIncoming(tx, {
      ...where,
      ...name,
      type: 'DiagnosticReport',
      body: it.body,
      state: 'parked',
      reason: 'unreadable',
      code: 'AA',
      answer: '',
    });
    if (stored !== null) await postOrPark(tx, stored.id, () => readReport(it.body), where);
  });

// -- what a person does with a parked one --------------------------------------------------------------------------------

export const readStored = ({ kind, body }: { kind: string; body: string }): Incoming =>
  kind === 'fhir' ? readReport(body) : readResults(body, headerOf(body).header ?? unknownHeader);

const heldInVersion = async (tx: Db, id: string, version: number): Promise<q.Held> => {
  const held = await q.holdIncoming(tx, id);
  if (held.version !== version) throw refuse('version_stale', { currentVersion: held.version });
  if (held.state !== 'parked') throw refuse('lab_message_not_parked');
  return held;
};

/** A person has said whose it is. @throws 404, version_stale; refusal lab_message_not_parked, lab_message_does_not_fit, those of results */
export const matchMessage = async (tx: Db, id: string, version: number, specimenId: string): Promise<void> => {
  const held = await heldInVersion(tx, id, version);
  try {
    const incoming = readStored(held);
    const rows = await orderedIn(tx, specimenId);
    if (rows.length === 0) throw refuse('not_found');
    await post(tx, id, incoming, rows, { laboratory: held.laboratory, person: tx.actor.id });
  } catch (error) {
    if (error instanceof Parked)
      throw refuse('lab_message_does_not_fit', { reason: error.reason, detail: error.detail ?? '' });
    throw error;
  }
};

/** @throws 404, version_stale; refusal lab_message_not_parked */
export const rejectMessage = async (tx: Db, id: string, version: number, reason: string): Promise<void> => {
  await heldInVersion(tx, id, version);
  await q.markRejected(tx, id, version, reason);
  tell(tx, 'rejected', id);
};
