import type { Request } from '@hapi/hapi';
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

/**
 * As `writeAudit`, for what a service does by itself: a message that arrives on another door.
 * @throws refusal `audit_unavailable` when the entry cannot be written: then nothing is done or shown
 */
export const auditWork = (db: Db, entry: Work): Promise<unknown> =>
  db
    .query(
      sql.unsafe`
    insert into core.audit (actor_id, actor_kind, action, subtype, route, object, patient_ids, outcome, detail, request_id, source, purpose, origin)
    values (${db.actor.id}, ${db.actor.kind}, ${entry.action}, ${entry.subtype ?? null}, ${entry.route}, ${entry.object ?? null},
      ${sql.array([...new Set(entry.patientIds)], 'uuid')}, ${entry.outcome ?? 0}, ${entry.detail ?? null}, ${entry.requestId}, ${entry.source ?? null},
      ${purposeOf(db, entry)}, ${db.origin})
  `,
    )
    .catch((error: unknown) => {
      // A deadlock is tried again by the transaction; a lost connection has an answer of its own.
      if (/^(40|55P|08|57P)/.test(causeOf(error).code ?? '08')) throw error;
      throw refuse('audit_unavailable', {}, error);
    });

/** What is done with a record that was opened in an emergency is marked as such (v3-PurposeOfUse). */
const purposeOf = (db: Db, { purpose, patientIds = [] }: Entry): Fragment =>
  purpose !== undefined || db.actor.kind !== 'user' || patientIds.length === 0
    ? sql.fragment`${purpose ?? 'TREAT'}`
    : sql.fragment`case when exists (
        select from core.break_glass b
        where b.user_id = ${db.actor.id} and b.subject_id = any(${sql.array([...new Set(patientIds)], 'uuid')}) and b.until > clock_timestamp()
      ) then 'ETREAT' else 'TREAT' end`;

/** One entry; inside a transaction it is kept only if the change is. When it cannot be written, the request fails. */
export const writeAudit = (db: Db, request: Request, entry: Entry): Promise<unknown> =>
  auditWork(db, {
    ...entry,
    action: entry.action ?? actions[request.method] ?? 'E',
    route: `${request.method} ${request.route.path}`,
    requestId: request.info.id,
    source: request.info.remoteAddress || null,
  });

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const idIn = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[0-9a-f-]{36}$/i.test(value) ? value : undefined;

/** The patients that an answer shows: `patientId` and `patient.id` of the thing itself and of each of its items. */
const patientsIn = (result: unknown): string[] => {
  if (!isRecord(result)) return [];
  const own = [idIn(result.patientId), isRecord(result.patient) ? idIn(result.patient.id) : undefined].filter(
    (id) => id !== undefined,
  );
  const lists = Object.values(result)
    .filter(Array.isArray)
    .flat()
    .flatMap((item) => (isRecord(item) ? patientsIn(item) : []));
  return [...own, ...lists];
};

const refusedStatus = new Set([404, 409, 410, 412, 422]);

/**
 * A refusal is an entry as well: whoever lacked a permission, and whoever asked for what is not theirs to see, or was not
 * allowed, where answers carry patient data. Not what could not even be read.
 */
export const isRefusal = (request: Request, status: number): boolean =>
  status === 403 ||
  (refusedStatus.has(status) &&
    request.auth.credentials?.user !== undefined &&
    (request.route.settings.app?.patientData === true || request.path.startsWith('/fhir/')));

/** Of a reading: an answer with items is a list. */
export const shownAs = (result: unknown): Subtype =>
  isRecord(result) && Array.isArray(result.items) ? 'listed' : 'opened';

/** What most routes mean: patients found in the answer and in a path under /api/patients/{id}; the object from the path or the new id. */
export const defaultNote = (result: unknown, request: Request): AuditNote => {
  const id = idIn(request.params.id) ?? (isRecord(result) ? idIn(result.id) : undefined);
  const underPatient = request.route.path.startsWith('/api/patients/{id}') ? [idIn(request.params.id)] : [];
  return {
    ...(id ? { object: `${request.route.path.split('/')[2]}/${id}` } : {}),
    patientIds: [...underPatient.filter((each) => each !== undefined), ...patientsIn(result)],
  };
};
