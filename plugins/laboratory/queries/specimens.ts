import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import { specimenFrom, specimenJson } from '../json.ts';
import { Specimen, Worklist, type Rejection, type Tab } from '../model/specimens.ts';

const Id = z.strictObject({ id: z.uuid() });
const Row = z.strictObject({ it: Specimen });

const isOpen = sql.fragment`open.status in ('ordered', 'entered')`;
/** What is performed elsewhere is collected here, and then no work of this laboratory. */
const isOurs = sql.fragment`open.sent_to is null`;
const hasOpen = sql.fragment`exists (select from laboratory.result open where open.specimen_id = s.id and ${isOpen} and ${isOurs})`;
/** What waits at which bench. What is received is found by its open results, of which there are few. */
const waits: Record<Tab, Fragment> = {
  collect: sql.fragment`s.requisition_id is not null and s.step = 'ordered' and ${hasOpen}`,
  receive: sql.fragment`s.requisition_id is not null and s.step = 'collected' and ${hasOpen}`,
  results: sql.fragment`s.requisition_id is not null and s.step = 'received' and s.id in (select open.specimen_id from laboratory.result open where ${isOpen} and ${isOurs})`,
};

/** Most urgent first, then who waits longest; at most 200. */
export const listSpecimens = (db: Db, tab: Tab): Promise<readonly Specimen[]> =>
  db.anyFirst(sql.type(Row)`
    select ${specimenJson} as it
    from ${specimenFrom}
    where ${waits[tab]} and ${maySee(db, 's.patient_id')}
    order by array_position(array['stat', 'urgent', 'routine'], s.priority), coalesce(s.received_at, s.collected_at, s.created_at), s.id
    limit 200
  `);

export const countWaiting = (db: Db): Promise<Worklist['counts']> =>
  db.one(sql.type(Worklist.shape.counts)`
    select (select count(*)::integer from laboratory.specimen s where ${waits.collect} and ${maySee(db, 's.patient_id')}) as collect,
      (select count(*)::integer from laboratory.specimen s where ${waits.receive} and ${maySee(db, 's.patient_id')}) as receive,
      (select count(*)::integer from laboratory.specimen s where ${waits.results} and ${maySee(db, 's.patient_id')}) as results,
      (select count(*)::integer from laboratory.critical_result k where k.acknowledged_at is null and ${maySee(db, 'k.patient_id')}) as critical
  `);

export const getSpecimen = (db: Db, by: { id: string } | { accession: string }): Promise<Specimen> =>
  db.oneFirst(sql.type(Row)`
    select ${specimenJson} as it
    from ${specimenFrom}
    where ${'id' in by ? sql.fragment`s.id = ${by.id}` : sql.fragment`s.accession = ${by.accession}`} and ${maySee(db, 's.patient_id')}
  `);

/** Whether its check digit is right: else it was misread, and nobody's specimen is shown for it. */
export const accessionHolds = (db: Db, accession: string): Promise<boolean> =>
  db.oneFirst(
    sql.type(z.strictObject({ holds: z.boolean() }))`select laboratory.accession_holds(${accession}) as holds`,
  );

export const isInFuture = (db: Db, at: string): Promise<boolean> =>
  db.oneFirst(
    sql.type(
      z.strictObject({ future: z.boolean() }),
    )`select ${at}::timestamptz > core.now() + interval '1 minute' as future`,
  );

type Move = { id: string; version: number };

/** Null when it is not there to be collected in this version. */
export const collect = (tx: Db, { id, version }: Move, at: string | null): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update laboratory.specimen set collected_at = coalesce(${at}::timestamptz, core.now()), collected_by = ${tx.actor.id}, collector_name = ${tx.actor.displayName},
      status = 'available'
    where id = ${id} and version = ${version} and step = 'ordered' and ${maySee(tx, 'patient_id')}
    returning id
  `);

/** Null when it is not there to be received in this version. */
export const receive = (tx: Db, { id, version }: Move): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update laboratory.specimen set received_at = greatest(core.now(), collected_at), received_by = ${tx.actor.id}
    where id = ${id} and version = ${version} and step = 'collected' and ${maySee(tx, 'patient_id')}
    returning id
  `);

export const reject = (tx: Db, { id, version }: Move, it: Rejection): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update laboratory.specimen set rejected_at = core.now(), rejected_by = ${tx.actor.id}, rejection = ${it.reason}, rejection_note = ${it.note ?? null},
      status = ${it.reason === 'lost' ? 'unavailable' : 'unsatisfactory'}
    where id = ${id} and version = ${version} and step in ('collected', 'received') and ${maySee(tx, 'patient_id')}
    returning id
  `);

/** The same container again, under a number of its own. */
export const insertReplacement = (tx: Db, id: string): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into laboratory.specimen (requisition_id, accession, patient_id, encounter_id, container_code, type_system, type_code, type_display, priority, replaces_id)
    select requisition_id, laboratory.accession(nextval('laboratory.accession_seq')), patient_id, encounter_id, container_code, type_system, type_code, type_display, priority, id
    from laboratory.specimen
    where id = ${id} and ${maySee(tx, 'patient_id')}
    returning id
  `);

/** What was not verified is measured in the new one; what was typed for the old one is forgotten. */
export const moveOpenResults = (tx: Db, from: string, to: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    update laboratory.result set specimen_id = ${to}, status = 'ordered', value = null, value_code = null, value_text = null, entered_at = null, entered_by = null, sent_to = null,
      acknowledged_at = null, sent_flag = null
    where specimen_id = ${from} and status in ('ordered', 'entered') and ${maySee(tx, 'patient_id')}
  `);

/** Says at the requests concerned why nothing will come of them. */
export const explainRejection = (tx: Db, id: string, reason: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    update laboratory.service_request q set status_reason = ${reason}
    where q.id in (select r.service_request_id from laboratory.result r where r.specimen_id = ${id} and r.status = 'cancelled') and ${maySee(tx, 'q.patient_id')}
  `);

const Facts = z.strictObject({
  patientId: z.uuid(),
  encounterId: z.uuid().nullable(),
  requisitionId: z.uuid().nullable(),
});
export const factsOf = (tx: Db, id: string): Promise<z.infer<typeof Facts>> =>
  tx.one(sql.type(Facts)`
    select patient_id, encounter_id, requisition_id from laboratory.specimen where id = ${id} and ${maySee(tx, 'patient_id')}
  `);
