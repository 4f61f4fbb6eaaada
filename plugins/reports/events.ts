import { sql, type Fragment } from '../../core/database.ts';
import type { Subscriber } from '../../core/plugin.ts';
import { markStale } from './rollups.ts';

interface Moved {
  previousStartsAt?: string | null;
}
const days =
  (timeOf: (id: string, facts: Moved) => Fragment): Subscriber =>
  (tx, event: { subjectId: string; facts: Moved }) =>
    markStale(tx, timeOf(event.subjectId, event.facts));

const ofEncounter = days((id) => sql.fragment`select e.begins_at as at from ehr.encounter e where e.id = ${id}`);
const ofAppointment = days(
  (id, { previousStartsAt }) => sql.fragment`
    select a.starts_at as at from scheduling.appointment a where a.id = ${id}
    union all select ${previousStartsAt ?? null}::timestamptz
  `,
);
const ofInvoice = days((id) => sql.fragment`select i.issued_at as at from billing.invoice i where i.id = ${id}`);

const on = (prefix: string, names: readonly string[], run: Subscriber) =>
  Object.fromEntries(names.map((name) => [`${prefix}-${name}`, run]));

/** A record that is put under protection leaves the counts of its days, and comes back when that ends. */
const ofPatient: Subscriber = async (tx, { subjectId: id }: { subjectId: string }, { plugins }) => {
  const has = (plugin: string) => plugins.some(({ name }) => name === plugin);
  if (has('ehr'))
    await markStale(tx, sql.fragment`select e.begins_at as at from ehr.encounter e where e.patient_id = ${id}`);
  if (has('scheduling'))
    await markStale(
      tx,
      sql.fragment`select a.starts_at as at from scheduling.appointment a where a.patient_id = ${id}`,
    );
};

/** Whatever changes a number of the dashboard, history included. */
export const subscriptions = {
  ...on('ehr.encounter', ['arrived', 'started', 'finished', 'cancelled', 'erased'], ofEncounter),
  ...on(
    'scheduling.appointment',
    ['booked', 'rescheduled', 'reinstated', 'checked-in', 'fulfilled', 'noshow', 'cancelled'],
    ofAppointment,
  ),
  ...on('billing.invoice', ['issued'], ofInvoice),
  'patients.protection-changed': ofPatient,
};
