import type { Request } from '@hapi/hapi';
import type { Hms } from '../hms.ts';
import { causeOf, sql, type Db, type Fragment } from '../database.ts';
import { refuse } from '../refuse.ts';

/** How patient data was shown: as rows of a list or a search, as a record that was opened, as a file, on paper. */
export type Subtype = 'listed' | 'opened' | 'export' | 'print';
/** Create, read, update, delete, execute: FHIR AuditEvent.action. */
export type Action = 'C' | 'R' | 'U' | 'D' | 'E';

export interface AuditNote {
  action?: Action;
  subtype?: Subtype;
  /** What was touched: Type/id. */
  object?: string;
  patientIds?: readonly string[];
  purpose?: string;
  /** Why it was done or refused. */
  detail?: string;
}

/** FHIR AuditEvent.outcome: 0 success, 4 refused, 8 serious failure, 12 major failure. */
export type Outcome = 0 | 4 | 8 | 12;

const actions: Record<string, Action> = { get: 'R', head: 'R', post: 'C', put: 'U', patch: 'U', delete: 'D' };

interface Entry extends AuditNote {
  outcome?: Outcome;
}

/** Work that no request asked for: what it was and by which name it is found again. */
interface Work extends Entry {
  action: Action;
  route: string;
  requestId: string;
  source?: string | null;
}

/** An entry as its row says it, in the names of the columns. */
const rowOf = (db: Db, entry: Work) => ({
  actor_id: db.actor.id,
  actor_kind: db.actor.kind,
  action: entry.action,
  subtype: entry.subtype,
  route: entry.route,
  object: entry.object,
  patient_ids: [...new Set(entry.patientIds)],
  outcome: entry.outcome ?? 0,
  detail: entry.detail,
  request_id: entry.requestId,
  source: entry.source,
  purpose: entry.purpose,
  origin: db.origin,
});
type Row = ReturnType<typeof rowOf>;

const insertRows = (db: Db, rows: readonly Row[]): Promise<unknown> => {
  const values = rows.map(
    (
      it,
    ) => sql.fragment`(${it.actor_id ?? null}::uuid, ${it.actor_kind}, ${it.action}, ${it.subtype ?? null}, ${it.route}, ${it.object ?? null},
      ${sql.array(it.patient_ids, 'uuid')}, ${it.outcome}::smallint, ${it.detail ?? null}, ${it.request_id}, ${it.source ?? null}::inet, ${it.purpose ?? null}, ${it.origin})`,
  );
  return db.query(sql.unsafe`
    insert into core.audit (actor_id, actor_kind, action, subtype, route, object, patient_ids, outcome, detail, request_id, source, purpose, origin)
    select e.actor_id, e.actor_kind, e.action, e.subtype, e.route, e.object, e.patient_ids, e.outcome, e.detail, e.request_id, e.source,
      coalesce(e.purpose, ${purpose(db)}), e.origin
    from (values ${sql.join(values, sql.fragment`, `)})
      e (actor_id, actor_kind, action, subtype, route, object, patient_ids, outcome, detail, request_id, source, purpose, origin)
  `);
};

/** What is done with a record that was opened in an emergency is marked as such (v3-PurposeOfUse). */
const purpose = ({ actor }: Db): Fragment =>
  actor.kind !== 'user'
    ? sql.fragment`'TREAT'`
    : sql.fragment`case when exists (
        select from core.break_glass b
        where b.user_id = e.actor_id and b.subject_id = any(e.patient_ids) and b.until > clock_timestamp()
      ) then 'ETREAT' else 'TREAT' end`;

const refused = (error: unknown): never => {
  // A deadlock is tried again by the transaction; a lost connection has an answer of its own.
  if (/^(40|55P|08|57P)/.test(causeOf(error).code ?? '08')) throw error;
  throw refuse('audit_unavailable', {}, error);
};

/**
 * As `writeAudit`, for what a service does by itself: a message that arrives on another door.
 * @throws refusal `audit_unavailable` when the entry cannot be written: then nothing is done or shown
 */
export const auditWork = (db: Db, entry: Work): Promise<unknown> => insertRows(db, [rowOf(db, entry)]).catch(refused);

/** Of a long work so many entries go in one statement: PostgreSQL takes 65,535 values. */
const mostOfWork = 1000;

/** Many at once, of one work. @throws as auditWork */
export const auditEach = async (db: Db, entries: readonly Work[]): Promise<void> => {
  for (let from = 0; from < entries.length; from += mostOfWork)
    await insertRows(
      db,
      entries.slice(from, from + mostOfWork).map((entry) => rowOf(db, entry)),
    ).catch(refused);
};

const workOf = (request: Request, entry: Entry): Work => ({
  ...entry,
  action: entry.action ?? actions[request.method] ?? 'E',
  route: `${request.method} ${request.route.path}`,
  requestId: request.info.id,
  source: request.info.remoteAddress || null,
});

/** One entry; inside a transaction it is kept only if the change is. When it cannot be written, the request fails. */
export const writeAudit = async (db: Db, request: Request, entry: Entry): Promise<unknown> => {
  const written = await auditWork(db, workOf(request, entry));
  if ((entry.outcome ?? 0) > 0) request.app.refusalNoted = true;
  return written;
};

/** One entry for each of several things that one request does. @throws as writeAudit */
export const writeAudits = (db: Db, request: Request, entries: readonly Entry[]): Promise<void> =>
  auditEach(
    db,
    entries.map((entry) => workOf(request, entry)),
  );

interface Waiting {
  db: Db;
  row: Row;
  done: (outcome: Promise<unknown>) => void;
}
const lines = new WeakMap<Hms, { waiting: Waiting[]; isBusy: boolean }>();
/** So many entries in one statement at most. */
const most = 50;

/**
 * The entry of a reading by staff, in a transaction of its own: those that come while one is being written go into the next
 * statement together, so that many at once wait for the disk once. Each answer waits until its own entry is kept.
 */
export const writeReading = (db: Db, request: Request, entry: Entry): Promise<unknown> => {
  const { hms } = request.server.app;
  // A patient's connection is another one, and may look nothing up.
  if (db.actor.kind !== 'user') return writeAudit(db, request, entry);
  const line = lines.get(hms) ?? { waiting: [], isBusy: false };
  lines.set(hms, line);
  return new Promise((resolve) => {
    line.waiting.push({ db, row: rowOf(db, workOf(request, entry)), done: resolve });
    if (!line.isBusy) void writeWaiting(line);
  });
};

const writeWaiting = async (line: { waiting: Waiting[]; isBusy: boolean }): Promise<void> => {
  line.isBusy = true;
  for (let now = line.waiting.splice(0, most); now.length > 0; now = line.waiting.splice(0, most)) {
    const together = insertRows(
      now[0]!.db,
      now.map(({ row }) => row),
    );
    const isWritten = await together.then(
      () => true,
      () => false,
    );
    // One that cannot be written takes no other with it.
    for (const { db, row, done } of now)
      done(isWritten ? together : (now.length > 1 ? insertRows(db, [row]) : together).catch(refused));
  }
  line.isBusy = false;
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const idIn = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[0-9a-f-]{36}$/i.test(value) ? value : undefined;

const ownPatients = ({ patientId, patient }: Record<string, unknown>): string[] =>
  [idIn(patientId), isRecord(patient) ? idIn(patient.id) : undefined].filter((id) => id !== undefined);

/** The patients that an answer shows: `patientId` and `patient.id` of the thing itself and of each of its items. */
const patientsIn = (result: unknown): string[] => {
  if (!isRecord(result)) return [];
  const lists = Object.values(result)
    .filter(Array.isArray)
    .flat()
    .flatMap((item) => (isRecord(item) ? patientsIn(item) : []));
  return [...ownPatients(result), ...lists];
};

const refusedStatus = new Set([404, 409, 410, 412, 422]);

/**
 * A refusal is an entry as well: whoever lacked a permission, tried to sign in, asked for what is not theirs to see where answers
 * carry patient data, or was not allowed a change of whatever kind. Not what could not even be read.
 */
export const isRefusal = (request: Request, status: number): boolean => {
  const { app } = request.route.settings;
  if (status === 403 || (app?.limit === 'sign-in' && status > 400 && status < 500)) return true;
  const isDelicate = app?.patientData === true || request.path.startsWith('/fhir/') || request.method !== 'get';
  return refusedStatus.has(status) && request.auth.credentials?.user !== undefined && isDelicate;
};

/** Of a reading: rows with people in them are a list, whatever it is called; what is of one patient was opened. */
export const shownAs = (result: unknown, request: Request): Subtype => {
  if (!isRecord(result)) return 'opened';
  if (Array.isArray(result.items)) return 'listed';
  const ofOne = request.route.path.startsWith('/api/patients/{id}') || ownPatients(result).length > 0;
  return !ofOne && patientsIn(result).length > 0 ? 'listed' : 'opened';
};

/** What most routes mean: patients found in the answer and in a path under /api/patients/{id}; the object from the path or the new id. */
export const defaultNote = (result: unknown, request: Request): AuditNote => {
  const id = idIn(request.params.id) ?? (isRecord(result) ? idIn(result.id) : undefined);
  const underPatient = request.route.path.startsWith('/api/patients/{id}') ? [idIn(request.params.id)] : [];
  return {
    ...(id ? { object: `${request.route.path.split('/')[2]}/${id}` } : {}),
    patientIds: [...underPatient.filter((each) => each !== undefined), ...patientsIn(result)],
  };
};
