import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import { Glass, GlassCount, GlassItem, GlassLook, Protection, type BrokenGlass, type NewReview } from './model.ts';

const Id = z.strictObject({ id: z.uuid() });
const endsIn = sql.fragment`extract(epoch from b.until - clock_timestamp())::integer`;
const glassColumns = sql.fragment`b.id, b.subject_id as patient_id, it.record_number, b.until, ${endsIn} as ends_in`;

/** Labels and open glass of one patient as JSON; a section of the record too. */
export const protectionJson = (db: Db, patientId: Fragment): Fragment => sql.fragment`json_build_object(
  'labels', coalesce((
    select json_agg(json_build_object('label', l.label, 'reason', l.reason, 'setAt', core.json_time(l.set_at)) order by l.label)
    from core.subject_label l where l.subject_id = ${patientId}
  ), '[]'),
  'glass', (
    select json_build_object('id', b.id, 'patientId', b.subject_id, 'recordNumber', p.record_number, 'until', core.json_time(b.until), 'endsIn', ${endsIn})
    from core.break_glass b join patients.patient p on p.id = b.subject_id
    where b.subject_id = ${patientId} and b.user_id = ${db.actor.id} and b.until > clock_timestamp() -- held by its parent
    order by b.until desc
    limit 1
  )
)`;

/** Of all patients, hidden ones too: the one place where a name or number is asked without the filter. Twenty at most. */
export const findExactly = (tx: Db, by: BrokenGlass): Promise<readonly string[]> =>
  tx.anyFirst(sql.type(Id)`
    -- shows no patient
    select it.id
    from patients.patient it
    where ${
      by.recordNumber === undefined
        ? sql.fragment`patients.fold(it.family_name) = patients.fold(${by.familyName ?? ''}) and patients.fold(it.given_name) = patients.fold(${by.givenName ?? ''})
            and it.birth_date = ${by.birthDate ?? null}`
        : sql.fragment`it.record_number = ${by.recordNumber.toUpperCase()}`
    }
    order by it.id
    limit 20
  `);

export const insertGlass = (tx: Db, patientId: string, reason: string): Promise<Glass> =>
  tx.one(sql.type(Glass)`
    -- shows no patient
    with b as (
      insert into core.break_glass (user_id, subject_id, reason, until)
      select ${tx.actor.id}, ${patientId}, ${reason}, clock_timestamp() + make_interval(mins => (s.value ->> 'minutes')::int)
      from core.setting s where s.name = 'patients.break-glass'
      returning id, subject_id, until
    )
    select ${glassColumns} from b join patients.patient it on it.id = b.subject_id
  `);

/** Every open one that this person holds for the same patient. A 404 for anybody else's. */
export const endGlass = (tx: Db, id: string): Promise<string> =>
  tx.oneFirst(sql.type(z.strictObject({ subjectId: z.uuid() }))`
    with mine as (select user_id, subject_id from core.break_glass where id = ${id} and user_id = ${tx.actor.id}),
    ended as (
      update core.break_glass b set until = clock_timestamp(), ended_at = clock_timestamp()
      from mine m where b.user_id = m.user_id and b.subject_id = m.subject_id and b.until > clock_timestamp()
    )
    select subject_id from mine
  `);

/** Null for a record that this person may not see. */
export const findProtection = (db: Db, patientId: string): Promise<Protection | null> =>
  db.maybeOneFirst(sql.type(z.strictObject({ protection: Protection }))`
    select ${protectionJson(db, sql.fragment`it.id`)} as protection
    from patients.patient it
    where it.id = ${patientId} and ${maySee(db, 'it.id')}
  `);

export const putLabel = (tx: Db, patientId: string, label: string, reason: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into core.subject_label (subject_id, label, reason, set_by) values (${patientId}, ${label}, ${reason}, ${tx.actor.id})
    on conflict (subject_id, label) do nothing
  `);

/** Whether this person was let see such records for good, and not in an emergency alone. */
export const isCleared = (db: Db, label: string): Promise<boolean> =>
  db.exists(sql.unsafe`
    select from core.clearance c where c.user_id = ${db.actor.id} and c.label = ${label} and c.until > clock_timestamp()
  `);

export const takeLabel = (tx: Db, patientId: string, label: string): Promise<unknown> =>
  tx.one(
    sql.unsafe`delete from core.subject_label where subject_id = ${patientId} and label = ${label} returning label`,
  );

const item = (rows: ReturnType<typeof sql.fragment>) => sql.fragment`
  -- shows no patient
  select b.id, json_build_object('id', b.user_id, 'displayName', coalesce(u.display_name, '')) as user, b.subject_id as patient_id, it.record_number,
    array(select l.label from core.subject_label l where l.subject_id = b.subject_id order by l.label) as labels,
    b.reason, b.created_at as broken_at, b.until, b.until > clock_timestamp() as is_open,
    (select r.verdict from core.break_glass_review r where r.break_glass_id = b.id order by r.reviewed_at desc limit 1) as verdict,
    coalesce((
      select json_agg(json_build_object('verdict', r.verdict, 'note', r.note, 'by', coalesce(w.display_name, ''), 'at', core.json_time(r.reviewed_at)) order by r.reviewed_at)
      from core.break_glass_review r left join auth."user" w on w.id = r.reviewed_by where r.break_glass_id = b.id
    ), '[]') as reviews
  from core.break_glass b
  join patients.patient it on it.id = b.subject_id
  left join auth."user" u on u.id = b.user_id
  where ${rows}
  order by b.id desc
`;

const decided = sql.fragment`exists (select from core.break_glass_review r where r.break_glass_id = b.id and r.verdict <> 'questioned')`;

/** The inbox: what nobody has decided yet, or what was decided; newest first. */
export const listGlass = (db: Db, open: boolean, limit: number): Promise<readonly GlassItem[]> =>
  db.any(sql.type(GlassItem)`${item(open ? sql.fragment`not ${decided}` : decided)} limit ${limit}`);

export const getGlass = (db: Db, id: string): Promise<GlassItem> =>
  db.one(sql.type(GlassItem)`${item(sql.fragment`b.id = ${id}`)}`);

/** Null when it was decided meanwhile. Constraint: never by who broke it. */
export const insertReview = (tx: Db, id: string, it: NewReview): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    insert into core.break_glass_review (break_glass_id, user_id, verdict, note, reviewed_by)
    select b.id, b.user_id, ${it.verdict}, ${it.note}, ${tx.actor.id} from core.break_glass b
    where b.id = ${id} and not ${decided}
    on conflict do nothing
    returning id
  `);

export const countOpenGlass = (db: Db): Promise<z.infer<typeof GlassCount>> =>
  db.one(sql.type(GlassCount)`select count(*)::int as open from core.break_glass b where not ${decided}`);

/** What was done with that record by that person from the breaking of the glass until it closed; in order. A 404 for an unknown glass. */
export const listLooks = async (db: Db, id: string, limit: number): Promise<readonly GlassLook[]> => {
  await db.one(sql.type(Id)`select id from core.break_glass where id = ${id}`);
  return db.any(sql.type(GlassLook)`
    -- shows no patient
    select a.id, a.at, a.action, a.subtype, split_part(a.object, '/', 1) as object, a.route, a.outcome
    from core.break_glass b
    join core.audit a on a.patient_ids @> array[b.subject_id] and a.actor_id = b.user_id and a.at >= b.created_at and a.at <= b.until
    where b.id = ${id} and a.purpose = 'ETREAT'
    order by a.at, a.id
    limit ${limit}
  `);
};
