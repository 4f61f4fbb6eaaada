import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openHouse, type House } from './hospital.ts';
import { fillEveryTable, placesOf } from './every-table.ts';
import { doorsOf } from './doors.ts';
import { readAll } from './reading.ts';

/* Whoever is bound to one patient, at the database itself as the role `patient` and at every door of the server. */
const test = suite<{ house: House; wire: pg.Client }>('access: who is bound to one record sees no other');
test.before(async (at) => {
  at.house = await openHouse();
  await fillEveryTable(at.house);
  at.wire = new pg.Client({ connectionString: at.house.hms.urls.patient });
  await at.wire.connect();
});
test.after(async (at) => {
  await at.wire?.end();
  await at.house?.stop();
});

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** Tables of patients that the role may read at all. */
const readable = async ({ house }: { house: House }): Promise<string[]> => {
  const tables = [
    ...new Set((await placesOf(house)).filter(({ column }) => column === 'patient_id').map(({ table }) => table)),
  ];
  const may = await house.rows(
    `select it from unnest(array['${tables.join("','")}']) it where has_table_privilege('patient', it, 'select') order by 1`,
  );
  return may.map(({ it }) => it!);
};
/** Patients whose rows the role `patient` sees in a transaction for this one; null: in one for nobody. */
const seen = async (wire: pg.Client, table: string, patientId: string | null): Promise<string[]> => {
  await wire.query('begin');
  if (patientId !== null) await wire.query(`select set_config('openward.patient_id', $1, true)`, [patientId]);
  const { rows } = await wire.query<{ id: string }>(`select distinct patient_id as id from ${table}`);
  await wire.query('rollback');
  return rows.map(({ id }) => id);
};

test('the database shows nobody’s rows without a context, one’s own with it, and forgets it with the transaction', async (at) => {
  const tables = await readable(at);
  assert.ok(tables.length > 30, `${tables.length} tables`);
  const wrong: string[] = [];
  let own = 0;
  for (const table of tables) {
    if ((await seen(at.wire, table, null)).length > 0) wrong.push(`${table}: without a context`);
    const mine = await seen(at.wire, table, at.house.own);
    if (mine.some((id) => id !== at.house.own)) wrong.push(`${table}: of somebody else`);
    own += mine.length;
    if ((await seen(at.wire, table, null)).length > 0) wrong.push(`${table}: after the transaction`);
  }
  assert.equal(wrong, []);
  assert.ok(own > 5, `rows in ${own} tables`);
});

test('no door of the server shows a row of anybody else', async ({ house }) => {
  const client = house.caller('patient');
  const wrong: string[] = [];
  let shown = 0;
  for (const door of await doorsOf(house)) {
    const text = await readAll(client, door);
    const asked = new Set(JSON.stringify([door.path, door.body]).match(uuid));
    for (const [id] of text.matchAll(uuid)) {
      const patient = house.owners.get(id);
      if (patient === undefined || asked.has(id)) continue;
      shown += 1;
      if (!house.ofPortalUser.has(patient)) wrong.push(`${door.name}: ${id}`);
    }
  }
  assert.equal([...new Set(wrong)], []);
  assert.ok(shown > 5, `${shown} ids of their own`);
});
test.run();
