import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { workImports } from '../../plugins/patients/import/jobs/index.ts';
import { type Answer, type Client, type TestHms } from '../hms.ts';
import { all, checked, decide, lines, many, open, patients, send, take, work, type At } from './importing.ts';

const test = suite<{ hms: TestHms; clerk: Client; admin: Client }>('patients: import of many');

test.before(open);
test.after((at) => at.hms?.stop());

const size = process.env.FULL_SIZE ? 20_000 : 2_000;
const told = (what: string, began: number) =>
  console.log(`${size} lines ${what} in ${((performance.now() - began) / 1000).toFixed(0)} s`);

test('thousands of patients are looked at bit by bit, taken at once, and a second time nobody is', async (at) => {
  const text = lines(...many(size));
  const before = await patients(at);
  const sent = await send(at.clerk, text);
  assert.equal([sent.body.status, sent.body.done, sent.body.lines], ['checking', 0, size]);
  const seen = new Set<number>();
  let isOver = false;
  const watch = async () => {
    for (; !isOver; await sleep(200)) seen.add((await at.clerk.get(`/api/patients/imports/${sent.body.id}`)).body.done);
  };
  const began = performance.now();
  await Promise.all([watch(), work(at).finally(() => (isOver = true))]);
  told('checked', began);
  assert.ok(seen.size > 3, 'how far it is can be seen');
  let it = (await at.clerk.get(`/api/patients/imports/${sent.body.id}`)).body;
  assert.is(it.counts.broken, 0);
  for (const outcome of ['probable', 'in-file', 'certain'] as const)
    if (it.counts[outcome === 'in-file' ? 'inFile' : outcome] > 0)
      it = (await decide(at.clerk, it, { outcome, decision: 'take', reason: 'they are generated' })).body;
  assert.is(it.counts.toTake, size);
  assert.is((await take(at.clerk, it)).status, 202);
  const from = performance.now();
  await work(at);
  told('taken', from);
  assert.is(await patients(at), before + size);
  const again = await checked(at, text);
  assert.equal([again.counts.new, again.counts.taken, again.counts.toTake], [0, size, 0]);
  // The list goes by pages.
  assert.is((await all(at.clerk, it.id)).length, size);
});

test('a connection that dies in the middle leaves none or all, and the work is taken up again', async (at) => {
  const it = await checked(at, lines(...many(1_500, 100_000)));
  const ready = await skipAlike(at, it);
  const wanted = ready.counts.toTake;
  const before = await patients(at);
  assert.is((await take(at.clerk, ready)).status, 202);
  const db = at.hms.hms.db(service('patients'));
  const running = workImports(db, at.hms.hms).then(
    () => 'done',
    () => 'died',
  );
  const Done = z.strictObject({ done: z.int() });
  for (let done = 0; done < 500; await sleep(5))
    done = await at.hms.db.oneFirst(sql.type(Done)`select done from patients.import where id = ${it.id}`);
  await at.hms.asAdmin(`
    select pg_terminate_backend(l.pid) from pg_locks l
    where l.locktype = 'advisory' and l.pid <> pg_backend_pid()
      and ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended('patients.import', 0)`);
  assert.is(await running, 'died', 'the worker was in the middle');
  assert.is(await patients(at), before, 'none of them');
  const under = (await at.clerk.get(`/api/patients/imports/${it.id}`)).body;
  assert.is(under.status, 'taking');
  await work(at);
  assert.is(await patients(at), before + wanted, 'all of them');
  assert.is((await at.clerk.get(`/api/patients/imports/${it.id}`)).body.status, 'taken');
});

/** Generated people who are like somebody here or in the file are left out. */
const skipAlike = async (at: At, it: Answer['body']): Promise<Answer['body']> => {
  let ready = it;
  for (const outcome of ['probable', 'in-file'] as const)
    if (ready.counts[outcome === 'in-file' ? 'inFile' : outcome] > 0)
      ready = (await decide(at.clerk, ready, { outcome, decision: 'skip' })).body;
  return ready;
};

test('of two who take one file at once one does; and of two workers one', async (at) => {
  const it = await checked(at, lines('Race,Rosa,1971-01-01,f,,', 'Race,Rolf,1972-02-02,m,,'));
  const before = await patients(at);
  const answers = await Promise.all([take(at.clerk, it), take(at.admin, it), take(at.clerk, it)]);
  assert.equal(answers.map(({ status }) => status).sort(), [202, 412, 412]);
  const db = at.hms.hms.db(service('patients'));
  await Promise.all([workImports(db, at.hms.hms), workImports(db, at.hms.hms), workImports(db, at.hms.hms)]);
  await work(at);
  assert.is(await patients(at), before + 2);
});

test('one line in two files that are taken one after the other registers one person', async (at) => {
  const text = lines('Both,Berta,1973-03-03,f,,');
  const [one, two] = [await checked(at, text), await checked(at, text, at.admin)];
  assert.equal([one.counts.new, two.counts.new], [1, 1]);
  const before = await patients(at);
  await Promise.all([take(at.clerk, one), take(at.admin, two)]);
  await work(at);
  assert.is(await patients(at), before + 1);
  const states = await Promise.all(
    [one, two].map(async ({ id }) => (await at.clerk.get(`/api/patients/imports/${id}`)).body),
  );
  assert.equal(states.map(({ status, note }) => `${status} ${note}`).sort(), ['ready changed', 'taken null']);
});

test('somebody registered after the lines were looked at stops the taking: nothing is taken, and they are told', async (at) => {
  const it = await checked(at, lines('Meanwhile,Mads,1974-04-04,m,+49 30 600500,Berlin', 'Other,Otto,1975-05-05,m,,'));
  assert.is(it.counts.new, 2);
  const desk = await at.clerk.post('/api/patients', {
    familyName: 'Meanwhile', givenName: 'Mads', birthDate: '1974-04-04', gender: 'male', phone: '+49 30 600500', city: 'Berlin',
  }); // prettier-ignore
  assert.is(desk.status, 201);
  const before = await patients(at);
  await take(at.clerk, it);
  await work(at);
  const back = (await at.clerk.get(`/api/patients/imports/${it.id}`)).body;
  assert.equal([back.status, back.note, back.counts.certain, back.counts.new], ['ready', 'changed', 1, 1]);
  assert.is(await patients(at), before);
  await take(at.clerk, back);
  await work(at);
  assert.is(await patients(at), before + 1, 'the certain one is skipped');
});

test('what somebody asked for is not done any more once they may not, and the file goes back', async (at) => {
  const it = await checked(at, lines('Late,Lina,1977-07-07,f,+49 30 600700,Berlin'));
  const before = await patients(at);
  const show = async () => (await at.admin.get(`/api/patients/imports/${it.id}`)).body;
  const attempt = async (version: number) =>
    assert.is((await take(at.clerk, { ...it, version })).status, 202, String(version));

  await attempt(it.version);
  const { db } = at.hms;
  await db.query(sql.unsafe`update auth."user" set active = false where username = 'receptionist'`);
  try {
    await work(at);
    assert.equal([(await show()).status, (await show()).note], ['ready', 'not-allowed']);
  } finally {
    await db.query(sql.unsafe`update auth."user" set active = true where username = 'receptionist'`);
  }
  assert.is(await patients(at), before);

  await attempt((await show()).version);
  await db.query(sql.unsafe`update auth.user_role set until = clock_timestamp() where role = 'receptionist'`);
  try {
    await work(at);
    assert.equal([(await show()).status, (await show()).note], ['ready', 'not-allowed']);
  } finally {
    await db.query(sql.unsafe`update auth.user_role set until = 'infinity' where role = 'receptionist'`);
  }
  assert.is(await patients(at), before);

  // Whoever was registered in between is compared with all the same.
  const desk = await at.clerk.post('/api/patients', {
    familyName: 'Late', givenName: 'Lina', birthDate: '1977-07-07', gender: 'female', phone: '+49 30 600700', city: 'Berlin',
  }); // prettier-ignore
  assert.is(desk.status, 201);
  await attempt((await show()).version);
  await db.query(sql.unsafe`update auth."user" set active = false where username = 'receptionist'`);
  await work(at).finally(() =>
    db.query(sql.unsafe`update auth."user" set active = true where username = 'receptionist'`),
  );
  await attempt((await show()).version);
  await work(at);
  assert.equal([(await show()).status, (await show()).note, (await show()).counts.certain], ['ready', 'changed', 1]);
  assert.is(await patients(at), before + 1);
});

test('a file that cannot be taken does not stand before the others, and says so', async (at) => {
  const it = await checked(at, lines('Fail,Fritz,1976-06-06,m,,'));
  await take(at.clerk, it);
  await at.hms.asAdmin(
    `create function public.fail() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
     create trigger fail before insert on patients.patient for each row when (new.family_name = 'Fail') execute function public.fail()`,
  );
  const db = at.hms.hms.db(service('patients'));
  for (let n = 0; n < 3; n++)
    await workImports(db, at.hms.hms).then(
      () => assert.unreachable(),
      () => {},
    );
  const back = (await at.clerk.get(`/api/patients/imports/${it.id}`)).body;
  assert.equal([back.status, back.note], ['ready', 'failed']);
  await at.hms.asAdmin('drop trigger fail on patients.patient; drop function public.fail()');
  assert.is((await take(at.clerk, back)).status, 202);
  await work(at);
  assert.is((await at.clerk.get(`/api/patients/imports/${it.id}`)).body.status, 'taken');
});

test.run();
