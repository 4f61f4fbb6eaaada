import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { shipped } from '../../core/loader.ts';
import { startHms, type Client, type TestHms } from '../hms.ts';
import { fillEveryTable } from './every-row.ts';
import { merge, unmerge } from './merging.ts';
import { countRows, heldBy, referenceColumns, rowsOf, totalsOf } from './rows-of-two.ts';

const Pair = z.object({ kept: z.uuid(), gone: z.uuid() });
type Pair = z.infer<typeof Pair>;

/** Merges besides those that it takes to have a row of every table, and pairs that they are drawn from. */
const [more, drawn] = process.env.FULL_SIZE ? [200, 400] : [8, 60];

/** Pairs that are tried whether or not something stands in the way. */
const refusable = 5;

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
  await fillEveryTable(hms);
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
    where n <= ${drawn} and (n <= ${refusable} or patients.merge_preview(kept, gone) -> 'blocked' = '{}')
    order by n
  `);
});
test.after((at) => at.hms?.stop());

/** Few pairs, of whose merged-away patients one or another has a row in every table that anybody has one in. */
const coverOf = async (hms: TestHms, pairs: readonly Pair[]): Promise<Pair[]> => {
  const held = new Map<Pair, Set<string>>();
  for (const pair of new Map(pairs.slice(refusable).map((it) => [it.gone, it])).values())
    held.set(pair, heldBy(await rowsOf(hms.db, [pair.gone]), pair.gone));
  const cover: Pair[] = [];
  for (;;) {
    const best = [...held].reduce((a, b) => (b[1].size > a[1].size ? b : a));
    if (best[1].size === 0) return cover;
    cover.push(best[0]);
    const found = [...best[1]];
    for (const columns of held.values()) for (const it of found) columns.delete(it);
  }
};

/** Two who say of each other whom to call, and were once told apart. */
const ofOneAnother = (hms: TestHms): Promise<readonly Pair[]> =>
  hms.db.any(sql.type(Pair)`
    select c.patient_id as kept, c.related_id as gone from patients.contact c
    where c.related_id is not null and patients.merge_preview(c.patient_id, c.related_id) -> 'blocked' = '{}'
    order by c.id limit 1
  `);

test('whatever two of them have: all of it moves, sums stay, and taking it back restores every row', async ({
  hms,
  admin,
  pairs,
}) => {
  let merged = 0;
  const seen = new Set<string>();
  const cover = [...(await coverOf(hms, pairs)), ...(await ofOneAnother(hms))];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...pairs), async ({ kept: keptId, gone: goneId }) => {
      const two = [keptId, goneId];
      const [before, totals] = [await rowsOf(hms.db, two), await totalsOf(hms.db, two)];
      const done = await merge(admin, keptId, goneId);
      assert.is(await totalsOf(hms.db, two), totals, 'money and stock');
      if (done.status === 409) return assert.equal(await rowsOf(hms.db, two), before, 'refused: nothing changed');
      assert.is(done.status, 200, JSON.stringify(done.body));
      merged++;
      for (const column of heldBy(before, goneId)) seen.add(column);
      assert.is(await countRows(hms.db, goneId), 0, 'nothing is left behind');
      const back = await unmerge(admin, keptId, goneId);
      assert.is(back.status, 200, JSON.stringify(back.body));
      assert.equal([back.body.along, back.body.missing], [0, 0]);
      const after = await rowsOf(hms.db, two);
      for (const table of Object.keys(before)) assert.equal(after[table], before[table], table);
      assert.is(await totalsOf(hms.db, two), totals);
    }),
    { numRuns: cover.length + more, examples: cover.map((pair) => [pair]), includeErrorInReport: true },
  );
  assert.ok(merged >= cover.length + more / 2, `${merged} of ${cover.length + more} pairs could be merged`);
  const all = (await referenceColumns(hms.db)).map((it) => `${it.relation} ${it.columnName}`);
  assert.equal(
    all.filter((column) => !seen.has(column)),
    [],
    'nobody who was merged has a row there: give them one in every-row.ts',
  );
  console.log(`${merged} merges taken back, ${seen.size} columns of ${all.length}`);
});

test.run();
