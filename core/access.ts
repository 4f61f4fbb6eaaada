import { sql, type Db, type Fragment } from './database.ts';

/**
 * The one filter over patient data: every query that reads rows of a patient contains it. `column` is the patient's
 * column, qualified where needed ('e.patient_id'). One of three texts by the deployment's policy, with the actor and
 * what they may do as its only values, so prepared statements keep one text. Rows without a patient pass on permission alone.
 */
export const maySee = (db: Db, column: string): Fragment => {
  const subject = sql.identifier(column.split('.'));
  const labels = mayCount(db, column);
  // A service works on behalf of the hospital, on rows that an event or a schedule gave it.
  if (db.actor.kind === 'service') return sql.fragment`true`;
  // A patient reads their own record; row-level security says the same once more.
  if (db.actor.kind === 'patient') return sql.fragment`${subject} = ${db.actor.patientId ?? null}::uuid`;
  if (db.policy === 'open') return sql.fragment`(${subject} is null or ${labels})`;
  const bound =
    db.policy === 'sites'
      ? sql.fragment`exists (
          select from core.subject_site s join core.user_site u on u.site_id = s.site_id
          where s.subject_id = ${subject} and u.user_id = ${db.actor.id}::uuid
        )`
      : sql.fragment`(exists (
          select from core.access_relation r
          where r.subject_id = ${subject} and r.user_id = ${db.actor.id}::uuid and r.until > core.now()
        ) or exists (
          select from core.access_circle c
          where c.subject_id = ${subject} and c.permission = any(${sql.array([...db.actor.permissions], 'text')}) and c.until > core.now()
        ))`;
  const glass = sql.fragment`exists (
    select from core.break_glass b
    where b.user_id = ${db.actor.id}::uuid and b.subject_id = ${subject} and b.until > clock_timestamp()
  )`;
  return sql.fragment`(${subject} is null or ((${bound} or ${glass}) and ${labels}))`;
};

/**
 * For sums in which nobody can be recognised, whichever patients the reader has to do with: all but records under a protection that
 * the reader has no clearance for. What counts them would say that they are there.
 */
export const mayCount = (db: Db, column: string): Fragment => {
  const subject = sql.identifier(column.split('.'));
  return sql.fragment`not exists (
    select from core.subject_label label
    where label.subject_id = ${subject}
      and not exists (select from core.clearance c where c.user_id = ${db.actor.id}::uuid and c.label = label.label and c.until > clock_timestamp())
      and not exists (
        select from core.break_glass b
        where b.user_id = ${db.actor.id}::uuid and b.subject_id = label.subject_id and b.until > clock_timestamp()
      )
  )`;
};
