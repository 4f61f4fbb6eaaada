import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { shipped } from '../../core/loader.ts';
import { startHms, type Client, type TestHms } from '../hms.ts';
import { merge, unmerge } from './merging.ts';
import { countRows, rowsOf, totalsOf } from './rows-of-two.ts';

const Pair = z.object({ kept: z.uuid(), gone: z.uuid() });
type Pair = z.infer<typeof Pair>;

const test = suite<{ hms: TestHms; admin: Client; pairs: readonly Pair[] }>('patients: whoever is merged');
test.before(async (at) => {
  // Nothing hears of it: what others write meanwhile is another test's.
  at.hms = await startHms(shipped(), {
    now: '2026-03-02T08:00:00Z',
    env: { OPENWARD_ROLE: 'web' },
    demo: { patients: 40, visitsPerPatient: 3 },
  });
  at.admin = await at.hms.as('admin');
});
test.before(async (at) => {
  const { hms } = at;
  // So that most pairs can be merged: not everybody's insurance pays first.
  await hms.asAdmin(`update insurance.coverage c set priority = 1 + n % 9
    from (select id, row_number() over (order by id) as n from patients.patient) p where p.id = c.patient_id`);
  // The demo's relations as they are true now: those that time has ended go.
  await hms.db.query(sql.unsafe`select patients.relate_all(array(select id from patients.patient))`);
  // Most of those that nothing stands in the way of, and some others.
  at.pairs = await hms.db.any(sql.type(Pair)`
    select kept, gone
    from (
      select a.id as kept, b.id as gone, row_number() over (order by md5(a.record_number || b.record_number)) as n
      from patients.patient a join patients.patient b on a.id <> b.id
      where not exists (select from core.subject_label l where l.subject_id in (a.id, b.id))
    ) pair
    where n <= 60 and (n <= 5 or patients.merge_preview(kept, gone) -> 'blocked' = '{}')
    order by n
  `);
});
test.after((at) => at.hms?.stop());

test('whatever two of them have: all of it moves, sums stay, and taking it back restores every row', async ({
  hms,
  admin,
  pairs,
}) => {
  let merged = 0;
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...pairs), async ({ kept: keptId, gone: goneId }) => {
      const two = [keptId, goneId];
      const [before, totals] = [await rowsOf(hms.db, two), await totalsOf(hms.db, two)];
      const done = await merge(admin, keptId, goneId);
      assert.is(await totalsOf(hms.db, two), totals, 'money and stock');
      if (done.status === 409) return assert.equal(await rowsOf(hms.db, two), before, 'refused: nothing changed');
      assert.is(done.status, 200, JSON.stringify(done.body));
      merged++;
      for (const [table, rows] of Object.entries(before)) if (rows.some((row) => row.includes(goneId))) seen.add(table);
      assert.is(await countRows(hms.db, goneId), 0, 'nothing is left behind');
      const back = await unmerge(admin, keptId, goneId);
      assert.is(back.status, 200, JSON.stringify(back.body));
      assert.equal([back.body.along, back.body.missing], [0, 0]);
      const after = await rowsOf(hms.db, two);
      for (const table of Object.keys(before)) assert.equal(after[table], before[table], table);
      assert.is(await totalsOf(hms.db, two), totals);
    }),
    { numRuns: 10, includeErrorInReport: true },
  );
  assert.ok(merged > 4, `${merged} pairs could be merged`);
  assert.ok(seen.size > 25, [...seen].join());
});

test.run();
