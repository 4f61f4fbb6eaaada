import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { Connection, Connections, type Performs } from '../model.ts';

/** What waits for somebody is counted as its list shows it. */
const columnsFor = (db: Db) => sql.fragment`
  c.id, c.version, c.kind, c.name, c.active, l.connected, l.last_error,
  array(select p.section from lab_adapter.performed p where p.connection_id = c.id and p.section is not null order by 1) as sections,
  array(select p.test_id from lab_adapter.performed p where p.connection_id = c.id and p.test_id is not null order by 1) as test_ids,
  (select max(o.sent_at) from lab_adapter.outgoing o where o.connection_id = c.id) as last_sent_at,
  (select m.created_at from lab_adapter.incoming m where m.connection_id = c.id order by m.created_at desc limit 1) as last_received_at,
  (select count(*)::int from lab_adapter.outgoing o where o.connection_id = c.id and o.state = 'waiting' and ${maySee(db, 'o.patient_id')}) as waiting,
  (select min(o.created_at) from lab_adapter.outgoing o where o.connection_id = c.id and o.state = 'waiting') as oldest_waiting_at,
  (select count(*)::int from lab_adapter.outgoing o where o.connection_id = c.id and o.state = 'parked' and ${maySee(db, 'o.patient_id')}) as parked,
  (select count(*)::int from lab_adapter.incoming m where m.connection_id = c.id and m.state = 'parked' and ${maySee(db, 'm.patient_id')}) as unmatched`;

const Row = Connection.omit({ address: true });

export const listConnections = (db: Db): Promise<readonly z.infer<typeof Row>[]> =>
  db.any(sql.type(Row)`
    select ${columnsFor(db)} from lab_adapter.connection c join lab_adapter.line l on l.connection_id = c.id order by c.kind desc
  `);

const Test = Connections.shape.tests.element;
/** The catalogue in its order. */
export const listTests = (db: Db): Promise<readonly z.infer<typeof Test>[]> =>
  db.any(
    sql.type(Test)`select id, code, display, section from laboratory.test where active order by position limit 1000`,
  );

const Short = z.strictObject({ id: z.uuid(), kind: z.enum(['mllp', 'fhir']), name: z.string(), active: z.boolean() });
export const shortConnections = (db: Db): Promise<readonly z.infer<typeof Short>[]> =>
  db.any(sql.type(Short)`select id, kind, name, active from lab_adapter.connection order by kind desc`);

/** Null when the version is no longer that one. */
export const updateConnection = async (tx: Db, id: string, version: number, it: Performs): Promise<string | null> => {
  const changed = await tx.maybeOneFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    update lab_adapter.connection set name = ${it.name}, active = ${it.active} where id = ${id} and version = ${version} returning id
  `);
  if (changed === null) return null;
  await tx.query(sql.unsafe`
    delete from lab_adapter.performed where connection_id = ${id} and (
      section is not null and section <> all(${sql.array(it.sections, 'text')}) or test_id is not null and test_id <> all(${sql.array(it.testIds, 'uuid')}))
  `);
  await tx.query(sql.unsafe`
    insert into lab_adapter.performed (connection_id, section, test_id)
    select ${id}::uuid, n.section, null::uuid from unnest(${sql.array(it.sections, 'text')}) n (section)
    where not exists (select from lab_adapter.performed p where p.connection_id = ${id} and p.section = n.section)
    union all
    select ${id}::uuid, null, n.test_id from unnest(${sql.array(it.testIds, 'uuid')}) n (test_id)
    where not exists (select from lab_adapter.performed p where p.connection_id = ${id} and p.test_id = n.test_id)
  `);
  return changed;
};

/** Written only when something has changed. @returns whether it had */
export const markLine = async (db: Db, id: string, connected: boolean, error: string | null): Promise<boolean> => {
  const why = error?.slice(0, 200) ?? null;
  const changed = await db.maybeOne(sql.unsafe`
    update lab_adapter.line set connected = ${connected}, last_error = ${why}, changed_at = clock_timestamp()
    where connection_id = ${id} and (connected, last_error) is distinct from (${connected}, ${why})
    returning connection_id
  `);
  return changed !== null;
};

export const fetchedUntil = (db: Db, id: string): Promise<string | null> =>
  db.oneFirst(sql.type(z.strictObject({ fetchedUntil: z.string().nullable() }))`
    select fetched_until from lab_adapter.line where connection_id = ${id}
  `);
export const markFetched = (db: Db, id: string, until: string): Promise<unknown> =>
  db.query(sql.unsafe`update lab_adapter.line set fetched_until = ${until} where connection_id = ${id}`);
