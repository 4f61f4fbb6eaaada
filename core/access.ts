import type { Actor } from './actor.ts';
import { sql, type Db, type Fragment } from './database.ts';

/**
 * Whether somebody holds a permission: the one question where the scope of a route does not say it all, within a handler, for a
 * part of an answer or for news. Asked by nothing but this, so that tests can take each check out by itself.
 */
export const may = ({ permissions }: Pick<Actor, 'permissions'>, permission: string): boolean =>
  permissions.has(permission);

/** `e.patient_id`, or the column alone where no table of the filter has one of that name. */
const columnOf = (column: string): ReturnType<typeof sql.identifier> => {
  if (
    column.startsWith('see_') ||
    ['id', 'subject_id', 'user_id', 'site_id', 'until', 'label', 'permission'].includes(column)
  )
    throw new Error(`"${column}" would be a column of the filter itself.`);
  return sql.identifier(column.split('.'));
};

/**
 * The one filter over patient data: every query that reads rows of a patient contains it. `column` is the patient's
 * column, qualified where needed ('e.patient_id'). One of three texts by the deployment's policy, with the actor and
 * what they may do as its only values, so prepared statements keep one text. Rows without a patient pass on permission alone.
 * Its own tables are called `see_…`: a statement that calls one of its own so would be asked about the wrong column.
 * @throws Error when it does
 */
export const maySee = (db: Db, column: string): Fragment => {
  const subject = columnOf(column);
  const labels = mayCount(db, column);
  // A service works on behalf of the hospital, on rows that an event or a schedule gave it.
  if (db.actor.kind === 'service') return sql.fragment`true`;
  // A patient reads their own record; row-level security says the same once more.
  if (db.actor.kind === 'patient') return sql.fragment`${subject} = ${db.actor.patientId ?? null}::uuid`;
  if (db.policy === 'open') return sql.fragment`(${subject} is null or ${labels})`;
  const bound =
    db.policy === 'sites'
      ? sql.fragment`exists (
          select from core.subject_site see_site join core.user_site see_mine on see_mine.site_id = see_site.site_id
          where see_site.subject_id = ${subject} and see_mine.user_id = ${db.actor.id}::uuid
        )`
      : sql.fragment`(exists (
          select from core.access_relation see_relation
          where see_relation.subject_id = ${subject} and see_relation.user_id = ${db.actor.id}::uuid and see_relation.until > core.now()
        ) or exists (
          select from core.access_circle see_circle
          where see_circle.subject_id = ${subject} and see_circle.until > core.now()
            and see_circle.permission = any(${sql.array([...db.actor.permissions], 'text')})
        ))`;
  const glass = sql.fragment`exists (
    select from core.break_glass see_glass
    where see_glass.user_id = ${db.actor.id}::uuid and see_glass.subject_id = ${subject} and see_glass.until > clock_timestamp()
  )`;
  return sql.fragment`(${subject} is null or ((${bound} or ${glass}) and ${labels}))`;
};

/**
 * For sums in which nobody can be recognised, whichever patients the reader has to do with: all but records under a protection that
 * the reader has no clearance for. What counts them would say that they are there.
 */
export const mayCount = (db: Db, column: string): Fragment => {
  const subject = columnOf(column);
  return sql.fragment`not exists (
    select from core.subject_label see_label
    where see_label.subject_id = ${subject}
      and not exists (
        select from core.clearance see_clearance
        where see_clearance.user_id = ${db.actor.id}::uuid and see_clearance.label = see_label.label and see_clearance.until > clock_timestamp()
      )
      and not exists (
        select from core.break_glass see_glass
        where see_glass.user_id = ${db.actor.id}::uuid and see_glass.subject_id = see_label.subject_id and see_glass.until > clock_timestamp()
      )
  )`;
};
