import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import { patientSummaryJson } from '../../patients/api.ts';
import { Message } from '../model.ts';

const patientOf = (column: Fragment): Fragment =>
  sql.fragment`(select ${patientSummaryJson('p')} from patients.patient p where p.id = ${column})`;
const accessionOf = (column: Fragment): Fragment =>
  sql.fragment`(select s.accession from laboratory.specimen s where s.id = ${column})`;

const incoming = sql.fragment`
  m.id, m.version, 'in' as direction, c.name as connection_name, m.message_type as kind, m.control_id, m.sender, m.state, m.code, m.reason, m.detail, m.repeats as attempts,
  ${patientOf(sql.fragment`m.patient_id`)} as patient, ${accessionOf(sql.fragment`m.specimen_id`)} as accession, m.created_at, null::timestamptz as sent_at,
  m.decided_at as done_at, m.decision`;
const outgoing = sql.fragment`
  m.id, m.version, 'out' as direction, c.name as connection_name, m.kind, m.control_id, null as sender, m.state, null as code, m.last_error as reason, null as detail, m.attempts,
  ${patientOf(sql.fragment`m.patient_id`)} as patient, ${accessionOf(sql.fragment`m.specimen_id`)} as accession, m.created_at, m.sent_at, m.acknowledged_at as done_at,
  null as decision`;
const fromIncoming = sql.fragment`lab_adapter.incoming m join lab_adapter.connection c on c.id = m.connection_id`;
const fromOutgoing = sql.fragment`lab_adapter.outgoing m join lab_adapter.connection c on c.id = m.connection_id`;

export interface Wanted {
  direction: 'in' | 'out';
  state?: string;
  /** Control id, accession or sender, from its beginning. */
  q?: string;
  limit: number;
  after: readonly (string | number)[] | null;
}

/** Newest first; where a person must look, those that wait longest first. */
export const listMessages = (db: Db, by: Wanted): Promise<readonly Message[]> => {
  const isIn = by.direction === 'in';
  const oldestFirst = isIn && by.state === 'parked';
  const beginning = by.q === undefined ? null : `${by.q.replace(/[\\%_]/g, '\\$&')}%`;
  return db.any(sql.type(Message)`
    select ${isIn ? incoming : outgoing}
    from ${isIn ? fromIncoming : fromOutgoing}
    where ${sql.and([
      maySee(db, 'm.patient_id'),
      by.state !== undefined && sql.fragment`m.state = ${by.state}`,
      beginning !== null &&
        sql.fragment`(m.control_id ilike ${beginning} or exists (select from laboratory.specimen s where s.id = m.specimen_id and s.accession ilike ${beginning})
          ${isIn ? sql.fragment`or m.sender ilike ${beginning}` : sql.fragment``})`,
      by.after &&
        oldestFirst &&
        sql.fragment`(m.created_at, m.id) > (${by.after[0]!}::timestamptz, ${by.after[1]!}::uuid)`,
      by.after &&
        !oldestFirst &&
        sql.fragment`(m.created_at, m.id) < (${by.after[0]!}::timestamptz, ${by.after[1]!}::uuid)`,
    ])}
    order by ${oldestFirst ? sql.fragment`m.created_at, m.id` : sql.fragment`m.created_at desc, m.id desc`}
    limit ${by.limit}
  `);
};

const Whole = Message.extend({
  body: z.string(),
  answer: z.string().nullable(),
  language: z.enum(['mllp', 'fhir']),
});

export const getMessage = async (db: Db, id: string): Promise<z.infer<typeof Whole>> =>
  (await db.maybeOne(sql.type(Whole)`
    select ${incoming}, m.body, m.answer, c.kind as language from ${fromIncoming} where m.id = ${id} and ${maySee(db, 'm.patient_id')}
  `)) ??
  db.one(sql.type(Whole)`
    select ${outgoing}, m.body, null as answer, c.kind as language from ${fromOutgoing} where m.id = ${id} and ${maySee(db, 'm.patient_id')}
  `);
