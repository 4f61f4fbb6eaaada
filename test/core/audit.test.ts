import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { exportHead, ForgedHead, readHeads, type Head } from '../../core/audit/heads.ts';
import { chained, entryText, noHash } from '../../core/audit/chain.ts';
import { exportEvery, sealEvery } from '../../core/audit/service.ts';
import { sealEntries } from '../../core/audit/seal.ts';
import { verifyChain } from '../../core/audit/verify.ts';
import { causeOf, sql, type Db } from '../../core/database.ts';
import { root } from '../../core/loader.ts';
import { startHms, type TestHms } from '../hms.ts';

interface At {
  hms: TestHms;
  folder: string;
}
const test = suite<At>('core: audit chain');

test.before(async (at) => {
  at.folder = mkdtempSync(join(tmpdir(), 'openward-heads-'));
  const env = { LOG_LEVEL: 'silent', OPENWARD_AUDIT_HEADS: join(at.folder, 'heads') };
  at.hms = await startHms(['auth', 'facility', 'patients'], { env });
});
test.after(async ({ hms, folder }) => {
  await hms?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const Count = z.strictObject({ count: z.int() });
const unsealed = (db: Db): Promise<number> =>
  db.oneFirst(sql.type(Count)`
    select count(*)::int as count from core.audit a where not exists (select from core.audit_seal s where s.audit_id = a.id)
  `);
const allSealed = async (db: Db): Promise<void> => {
  for (let look = 0; (await unsealed(db)) > 0; look++) {
    if (look > 300) throw new Error('entries stay without a seal');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
const newPatient = (familyName: string) => ({
  familyName,
  givenName: 'Ada',
  birthDate: '1980-02-03',
  gender: 'female',
  phone: '+49 30 5550101',
  city: 'Bonn',
});

test('what is shown as a list, opened, searched and written is told apart', async ({ hms }) => {
  const clerk = await hms.as('receptionist');
  const { body } = await clerk.post('/api/patients', newPatient('Told'), { 'idempotency-key': randomUUID() });
  await clerk.get(`/api/patients/${body.id}`);
  await clerk.post('/api/patients/search', { text: 'told' });
  await clerk.get(`/fhir/R4/Patient/${body.id}`);
  await clerk.get('/fhir/R4/Patient?name=told');
  const rows = await hms.db.any(sql.type(z.strictObject({ action: z.string(), subtype: z.string().nullable() }))`
    select action, subtype from core.audit where ${body.id} = any(patient_ids) order by at
  `);
  assert.equal(
    rows.map(({ action, subtype }) => [action, subtype]),
    [
      ['C', null],
      ['R', 'opened'],
      ['E', 'listed'],
      ['R', 'opened'],
      ['E', 'listed'],
    ],
  );
});

test('entries are sealed by themselves, and none is left out while many write and many seal', async ({ hms }) => {
  const clerk = await hms.as('receptionist');
  const app = hms.hms.db(service('test'));
  await Promise.all([
    ...Array.from({ length: 120 }, (_, n) => clerk.post('/api/patients/search', { text: `nobody ${n}` })),
    ...Array.from({ length: 12 }, () => sealEntries(app, null)),
  ]);
  await allSealed(hms.db);
  const { bad, entries } = await verifyChain(hms.db, []);
  assert.is(bad, undefined);
  assert.ok(entries > 120);
});

test('one entry by itself is sealed, and no open change of somebody else is waited for', async ({ hms }) => {
  const clerk = await hms.as('receptionist');
  await allSealed(hms.db);
  let release = () => {};
  const open = new Promise<void>((resolve) => (release = resolve));
  const change = hms.hms.db(service('test')).transaction(async (tx) => {
    await tx.query(sql.unsafe`
      insert into core.audit (actor_kind, action, route, outcome, request_id) values ('service', 'E', 'open', 0, 'open')
    `);
    await open;
  });
  try {
    await clerk.get(`/api/patients/${randomUUID()}`);
    // The open one is not there for anybody yet.
    await allSealed(hms.db);
  } finally {
    release();
    await change;
  }
  await allSealed(hms.db);
});

test('a head is written by itself after the start, and once a minute', async ({ folder }) => {
  const heads = join(folder, 'by-itself');
  const hms = await startHms(['auth'], { env: { LOG_LEVEL: 'silent', OPENWARD_AUDIT_HEADS: heads } });
  const written = () =>
    existsSync(heads) ? readdirSync(heads).map((name) => readFileSync(join(heads, name), 'utf8')) : [];
  try {
    await hms.as('nurse');
    for (let look = 0; look < 100 && written().length === 0; look++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(written().length > 0);
    assert.is(exportEvery, 60_000);
    assert.ok(sealEvery <= 1_000, 'so that every entry has its seal within two seconds');
  } finally {
    await hms.stop();
  }
});

test('an entry that became visible after younger ones is sealed as well', async ({ hms }) => {
  const app = hms.hms.db(service('test'));
  await app.transaction(async (tx) => {
    await tx.query(sql.unsafe`
      insert into core.audit (actor_kind, action, route, outcome, request_id) values ('service', 'E', 'slow', 0, 'slow')
    `);
    await hms.anonymous.post('/api/auth/login', { username: 'nobody-at-all', password: 'wrong-password' });
    await sealEntries(hms.db, 10);
  });
  await allSealed(hms.db);
  assert.is((await verifyChain(hms.db, [])).bad, undefined);
});

test('the application adds and reads; nobody else than the owner could do more', async ({ hms }) => {
  const app = hms.hms.db(service('test'));
  const patient = hms.hms.db({
    kind: 'patient',
    id: randomUUID(),
    displayName: '',
    permissions: new Set(),
    patientId: randomUUID(),
  });
  const refused = async (db: Db, statement: ReturnType<typeof sql.unsafe>) =>
    db
      .transaction((tx) => tx.query(statement))
      .then(
        () => assert.unreachable(`done: ${statement.sql}`),
        (error: unknown) => assert.is(causeOf(error).code, '42501', statement.sql),
      );
  for (const table of ['audit', 'audit_seal'])
    for (const statement of [sql.unsafe`delete from core.`, sql.unsafe`truncate core.`])
      await refused(app, { ...statement, sql: statement.sql + table });
  await refused(app, sql.unsafe`update core.audit set outcome = 0`);
  await refused(app, sql.unsafe`update core.audit_seal set seq = seq + 1`);
  for (const table of ['audit', 'audit_seal', 'audit_export'])
    for (const verb of ['select from', 'delete from', 'truncate'])
      await refused(patient, { ...sql.unsafe``, sql: `${verb} core.${table}` });
  await refused(patient, sql.unsafe`update core.audit set outcome = 0`);
  await refused(patient, sql.unsafe`update core.audit_seal set seq = seq + 1`);
  await refused(
    patient,
    sql.unsafe`insert into core.audit_seal select 1, gen_random_uuid(), decode(repeat('00', 32), 'hex')`,
  );
});

/** The text of the entry at a place; for whoever would forge the chain with all the knowledge there is. */
const textAt = (db: Db, seq: number) =>
  db.oneFirst(sql.type(z.strictObject({ text: z.string() }))`
    select ${entryText} as text from core.audit_seal s join core.audit a on a.id = s.audit_id where s.seq = ${seq}
  `);
const chainAgain = async (db: Db, from: number): Promise<void> => {
  const { last } = await db.one(
    sql.type(z.strictObject({ last: z.int() }))`select max(seq) as last from core.audit_seal`,
  );
  let hash =
    from === 1
      ? noHash
      : await db.oneFirst(
          sql.type(
            z.strictObject({ hash: z.string() }),
          )`select encode(hash, 'hex') as hash from core.audit_seal where seq = ${from - 1}`,
        );
  for (let seq = from; seq <= last; seq++) {
    hash = chained(hash, seq, await textAt(db, seq));
    await db.query(sql.unsafe`update core.audit_seal set hash = decode(${hash}, 'hex') where seq = ${seq}`);
  }
};
const atSeq = (seq: number) => sql.fragment`(select audit_id from core.audit_seal where seq = ${seq})`;
const edits = [
  sql.fragment`actor_id = gen_random_uuid()`,
  sql.fragment`at = at + interval '1 microsecond'`,
  sql.fragment`route = route || '/'`,
  sql.fragment`patient_ids = patient_ids || gen_random_uuid()`,
  sql.fragment`outcome = case outcome when 0 then 4 else 0 end`,
  sql.fragment`detail = coalesce(detail, '') || '.'`,
  sql.fragment`source = '10.9.8.7'`,
  sql.fragment`purpose = 'ETREAT'`,
  sql.fragment`subtype = case subtype when 'listed' then 'opened' else 'listed' end`,
];
const edit = (db: Db, seq: number, which: number) =>
  db.query(sql.unsafe`update core.audit set ${edits[which % edits.length]!} where id = ${atSeq(seq)}`);
const removeSeal = (db: Db, seq: number) => db.query(sql.unsafe`delete from core.audit_seal where seq = ${seq}`);
const removeEntry = (db: Db, seq: number) => db.query(sql.unsafe`delete from core.audit where id = ${atSeq(seq)}`);
const closeRanks = (db: Db, from: number) =>
  db.query(sql.unsafe`
    with gone as (delete from core.audit_seal where seq > ${from} returning *)
    insert into core.audit_seal (seq, audit_id, hash) select seq - 1, audit_id, hash from gone
  `);

/** What somebody with every right over the database may do to the entry at a place, `other` being another place. */
const manipulations: Record<string, (db: Db, seq: number, other: number) => Promise<unknown>> = {
  'edit an entry': edit,
  'edit and chain again from there': async (db, seq, other) => {
    await edit(db, seq, other);
    await chainAgain(db, seq);
  },
  'delete an entry': (db, seq) => removeEntry(db, seq),
  'delete an entry with its seal': async (db, seq) => {
    await removeEntry(db, seq);
    await removeSeal(db, seq);
  },
  'delete an entry with its seal and close the ranks': async (db, seq) => {
    await removeEntry(db, seq);
    await removeSeal(db, seq);
    await closeRanks(db, seq);
    await chainAgain(db, seq);
  },
  'insert an entry that says it is old': (db) =>
    db.query(sql.unsafe`
      insert into core.audit (at, actor_kind, action, route, outcome, request_id)
      values ((select min(at) from core.audit) - interval '2 hours', 'user', 'R', 'get /api/patients/{id}', 0, 'forged')
    `),
  'insert one that says it is old, and let it be sealed': async (db) => {
    await manipulations['insert an entry that says it is old']!(db, 0, 0);
    await sealEntries(db, null);
  },
  'put two into each other’s place': async (db, seq, other) => {
    const [first, second] = seq === other ? [seq, (seq % 50) + 1] : [seq, other];
    await db.query(sql.unsafe`alter table core.audit_seal drop constraint audit_sealed_once`);
    await db.query(sql.unsafe`
      update core.audit_seal s set audit_id = o.audit_id
      from core.audit_seal o
      where (s.seq, o.seq) in ((${first}, ${second}), (${second}, ${first}))
    `);
  },
  'cut the end': async (db, seq) => {
    await db.query(
      sql.unsafe`delete from core.audit where id in (select audit_id from core.audit_seal where seq >= ${seq})`,
    );
    await db.query(sql.unsafe`delete from core.audit_seal where seq >= ${seq}`);
  },
  'seal everything anew without an entry': async (db, seq) => {
    await removeEntry(db, seq);
    await db.query(sql.unsafe`delete from core.audit_seal`);
    await sealEntries(db, null);
  },
};

test('a hundred manipulations with every right over the database: each is found', async ({ hms }) => {
  await allSealed(hms.db);
  await exportHead(hms.hms.db(service('test')), hms.hms.config, { always: true });
  const heads = await readHeads(hms.hms.config);
  const last = heads.at(-1)!.seq;
  assert.ok(last > 50);
  assert.is((await verifyChain(hms.db, heads)).bad, undefined);
  const undo = new Error('undo');
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(manipulations)),
      fc.integer({ min: 1, max: last }),
      fc.integer({ min: 1, max: last }),
      async (how, seq, other) => {
        let found: string | undefined;
        await hms.db
          .transaction(async (tx) => {
            await manipulations[how]!(tx, seq, other);
            found = (await verifyChain(tx, heads)).bad?.problem;
            throw undo;
          })
          .catch((error: unknown) => {
            if (error !== undo) throw error;
          });
        assert.ok(found, `${how} at ${seq}: not found`);
      },
    ),
    { numRuns: 100 },
  );
  assert.is((await verifyChain(hms.db, heads)).bad, undefined);
});

test('the first bad entry is named on the command line, and a good chain is called good', async ({ hms, folder }) => {
  const { urls } = hms.hms;
  const audit = (verb: string) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts/audit.ts'), verb], {
      env: {
        PATH: process.env.PATH,
        OPENWARD_PLUGINS: 'auth,facility,patients',
        OPENWARD_AUDIT_HEADS: join(folder, 'heads'),
        DATABASE_URL: urls.app,
        DATABASE_OWNER_URL: urls.owner!,
        DATABASE_PATIENT_URL: urls.patient,
      },
      encoding: 'utf8',
    });
    return { status, said: stdout + stderr };
  };
  assert.is(audit('export').status, 0);
  const good = audit('verify');
  assert.is(good.status, 0, good.said);
  assert.match(good.said, /entries are as they were written, held against \d+ exported heads/);
  const id = await hms.db.oneFirst(
    sql.type(z.strictObject({ id: z.uuid() }))`select audit_id as id from core.audit_seal where seq = 7`,
  );
  const detail = (text: string | null) =>
    hms.db.query(sql.unsafe`update core.audit set purpose = ${text} where id = ${id}`);
  await detail('HMARKT');
  const bad = audit('verify');
  await detail('TREAT');
  assert.is(bad.status, 1);
  assert.match(bad.said, new RegExp(`changed, place 7, entry ${id}`));
});

test('a head that somebody else wrote is refused by file and line; a restored chain is told from a cut one', async ({
  hms,
  folder,
}) => {
  const { config } = hms.hms;
  const file = join(config.auditHeads, readdirSync(config.auditHeads)[0]!);
  const lines = readFileSync(file, 'utf8');
  const [first] = lines.split('\n');
  const head = JSON.parse(first!) as Head;
  writeFileSync(file, `${lines}${JSON.stringify({ ...head, seq: head.seq + 1 })}\n`);
  await readHeads(config).then(
    () => assert.unreachable(),
    (error: unknown) => {
      assert.instance(error, ForgedHead);
      assert.match((error as Error).message, /\.jsonl, line \d+/);
    },
  );
  writeFileSync(file, lines);

  const heads = await readHeads(config);
  const ahead: Head = { ...heads.at(-1)!, seq: heads.at(-1)!.seq + 1000 };
  assert.is((await verifyChain(hms.db, [...heads, ahead])).bad?.problem, 'cut');
  const elsewhere = { ...config, auditHeads: join(folder, 'restored') };
  await exportHead(hms.hms.db(service('test')), elsewhere, { always: true, restored: true });
  const [restored] = await readHeads(elsewhere);
  assert.is((await verifyChain(hms.db, [...heads, ahead, restored!])).bad, undefined);
});

test('an export that cannot be written raises an alarm and stops nothing', async ({ folder }) => {
  const taken = join(folder, 'taken');
  writeFileSync(taken, 'a file where the folder should be');
  const hms = await startHms(['auth', 'facility', 'patients'], {
    env: { LOG_LEVEL: 'silent', OPENWARD_AUDIT_HEADS: taken },
  });
  try {
    const admin = await hms.as('admin');
    let { body } = await admin.get('/api/operations');
    for (let look = 0; look < 200 && !body.audit.failedAt; look++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      ({ body } = await admin.get('/api/operations'));
    }
    assert.match(body.audit.fault, /^E(EXIST|NOTDIR)$/);
    assert.match(await (await fetch(`${hms.url}/metrics`)).text(), /^audit_exports_failed_total [1-9]/m);
    const clerk = await hms.as('receptionist');
    const made = await clerk.post('/api/patients', newPatient('Goes-on'), { 'idempotency-key': randomUUID() });
    assert.is(made.status, 201, JSON.stringify(made.body));
    await allSealed(hms.db);
    rmSync(taken);
    mkdirSync(taken);
    await exportHead(hms.hms.db(service('test')), hms.hms.config);
    assert.is((await admin.get('/api/operations')).body.audit.failedAt, null);
  } finally {
    await hms.stop();
  }
});
test.run();
