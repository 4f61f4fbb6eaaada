import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { noteJson, one } from '../json.ts';
import { Note, type NoteText } from '../model.ts';

const Id = z.strictObject({ id: z.uuid() });

export const findNote = (db: Db, encounterId: string): Promise<Note | null> =>
  db.maybeOneFirst(sql.type(one(Note))`
    select ${noteJson('n')} as it from ehr.composition n
    where n.encounter_id = ${encounterId} and n.visit_note and n.status <> 'entered-in-error' and ${maySee(db, 'n.patient_id')}
  `);

export const getNote = (db: Db, id: string): Promise<Note> =>
  db.oneFirst(
    sql.type(
      one(Note),
    )`select ${noteJson('n')} as it from ehr.composition n where n.id = ${id} and ${maySee(db, 'n.patient_id')}`,
  );

/** Newest first, whatever visit they belong to. */
export const listNotes = (
  db: Db,
  by: { patientId: string; limit: number; after: readonly [string, string] | null },
): Promise<readonly (Note & { datedAt: string })[]> =>
  db.any(sql.type(
    z.strictObject({ it: Note, datedAt: z.string() }).transform(({ it, datedAt }) => ({ ...it, datedAt })),
  )`
    select ${noteJson('n')} as it, n.dated_at
    from ehr.composition n
    where ${sql.and([
      maySee(db, 'n.patient_id'),
      sql.fragment`n.patient_id = ${by.patientId} and n.status <> 'entered-in-error'`,
      by.after && sql.fragment`(n.dated_at, n.id) < (${by.after[0]}::timestamptz, ${by.after[1]}::uuid)`,
    ])}
    order by n.dated_at desc, n.id desc
    limit ${by.limit}
  `);

export interface Author {
  id: string | null;
  name: string;
}

/** Null when somebody was first. */
export const insertNote = (
  tx: Db,
  to: { encounterId: string; patientId: string },
  it: NoteText,
  author: Author,
): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    insert into ehr.composition (patient_id, encounter_id, visit_note, title, reason, findings, plan, author_id, author_name, written_at)
    values (${to.patientId}, ${to.encounterId}, true, 'Visit note', ${it.reason}, ${it.findings}, ${it.plan}, ${author.id}, ${author.name}, core.now())
    on conflict do nothing
    returning id
  `);

/** Null when the version is no longer that one, as of the two below. */
export const updateNote = (tx: Db, id: string, version: number, it: NoteText): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update ehr.composition set reason = ${it.reason}, findings = ${it.findings}, plan = ${it.plan}, written_at = core.now()
    where id = ${id} and version = ${version} and status = 'preliminary' and ${maySee(tx, 'patient_id')}
    returning id
  `);

/** Whoever signs answers for the text. */
export const signNote = (tx: Db, id: string, version: number, author: Author): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update ehr.composition set status = 'final', signed_at = core.now(), author_id = ${author.id}, author_name = ${author.name}
    where id = ${id} and version = ${version} and status = 'preliminary' and ${maySee(tx, 'patient_id')}
    returning id
  `);

export const amendNote = (
  tx: Db,
  id: string,
  version: number,
  text: string,
  authorName: string,
): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update ehr.composition
    set status = 'amended', addenda = addenda || jsonb_build_object('text', ${text}::text, 'authorName', ${authorName}::text, 'at', core.json_time(core.now()))
    where id = ${id} and version = ${version} and status in ('final', 'amended') and ${maySee(tx, 'patient_id')}
    returning id
  `);
