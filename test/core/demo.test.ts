import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { shipped } from '../../core/loader.ts';
import { seed } from '../../scripts/demo.ts';
import { startHms } from '../hms.ts';

const test = suite('the demo hospital');

/** Count and contents of each table with rows of patients; only ids are another each time. */
const contents = async (url: string): Promise<Record<string, string>> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(`
      select c.oid::regclass::text as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'patient_id'
      where c.relkind = 'r' and c.relnamespace::regnamespace::text not in ('core', 'fhir') order by 1`);
    const found: Record<string, string> = {};
    for (const { name } of tables) {
      const { rows } = await client.query<{ it: string }>(`
        select count(*) || ' rows ' || md5(coalesce(string_agg(line, '|' order by line collate "C"), '')) as it
        from (select regexp_replace(t::text, '[0-9a-f]{8}-[0-9a-f-]{27}', 'id', 'g') as line from ${name} t) each`);
      found[name] = rows[0]!.it;
    }
    return found;
  } finally {
    await client.end();
  }
};

const made = async (): Promise<Record<string, string>> => {
  const it = await startHms(shipped(), { now: '2026-03-02T08:00:00Z', env: { OPENWARD_ROLE: 'web' } });
  try {
    const size = { patients: 40, visitsPerPatient: 3 };
    const owner = it.hms.urls.owner!;
    await seed(owner, it.hms.plugins, it.hms.config, size, { step: () => {}, within: () => {} });
    return await contents(owner);
  } finally {
    await it.stop();
  }
};

test('is the same whenever it is made of the same size at the same time', async () => {
  const first = await made();
  assert.equal(Object.values(first).filter((it) => !it.startsWith('0 rows')).length > 20, true);
  assert.equal(await made(), first);
});

test.run();
