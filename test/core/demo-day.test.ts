import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { readConfig } from '../../core/config.ts';
import { sql } from '../../core/database.ts';
import { openHms } from '../../core/hms.ts';
import { shipped } from '../../core/loader.ts';
import { Agenda } from '../../scripts/demo-day/agenda.ts';
import type { Wish } from '../../scripts/demo-day/day.ts';
import { isGood, playDay } from '../../scripts/demo-day/play.ts';
import { jsonOf, tableOf } from '../../scripts/demo-day/report.ts';
import { scenes } from '../../scripts/demo-day/scenes/index.ts';
import { seed } from '../../scripts/demo.ts';
import { startLaboratory, type Laboratory } from '../../scripts/lab-simulator.ts';
import { startPayer, type Payer } from '../../scripts/payer-simulator.ts';
import { startProvider, type Provider } from '../../scripts/payment-simulator.ts';
import { password, startHms, type TestHms } from '../hms.ts';
import { freePort } from '../portal/desk.ts';

/** A short morning in a hospital with every plugin, as fast as the house can follow. */
const test = suite<{ hms: TestHms; payer: Payer; laboratory: Laboratory; provider: Provider; wish: Wish }>('demo day');
const now = '2026-03-02T05:00:00Z'; // Monday, six o'clock in Berlin
const speed = 20_000;

test.before(async (at) => {
  at.payer = await startPayer({ port: 0, today: () => new Date(now) });
  const hospital = await freePort();
  at.laboratory = await startLaboratory({ port: 0, hospital, speed: speed / 60 });
  at.provider = await startProvider({ port: 0 });
  const env = {
    OPENWARD_PAYER_URL: at.payer.url,
    OPENWARD_CLAIM_UNDO_SECONDS: '0',
    OPENWARD_MLLP_PORT: String(hospital),
    OPENWARD_LAB_MLLP_URL: at.laboratory.url,
    OPENWARD_LAB_UNDO_SECONDS: '0',
    OPENWARD_PAYMENT_URL: at.provider.url,
    OPENWARD_PAYMENT_KEY: at.provider.key,
    OPENWARD_PAYMENT_CALLBACK_KEY: at.provider.callbackKey,
  };
  at.hms = await startHms(shipped(), { now, env });
  at.provider.reportTo(`${at.hms.url}/api/portal/payments/callback`);
  const size = { patients: 40, visitsPerPatient: 1 };
  const silent = { step: () => {}, within: () => {} };
  await seed(at.hms.hms.urls.owner!, at.hms.hms.plugins, readConfig({ NODE_ENV: 'test' }), size, silent);
  at.wish = {
    url: at.hms.url,
    speed,
    from: '08:00',
    until: '10:00',
    patients: 10,
    seed: 1,
    users: {},
    password,
  };
});
test.after(async ({ hms, payer, laboratory, provider }) => {
  await hms?.stop();
  await payer?.stop();
  await laboratory?.stop();
  await provider?.stop();
});

test('a morning is played through the doors, nothing goes wrong, and every rule holds', async ({ hms, wish }) => {
  const played = await playDay({ wish, owner: hms.db, plugins: hms.hms.plugins });
  const shown = tableOf(played);
  assert.equal(played.measured.errors, [], shown);
  assert.equal(played.broken, [], shown);
  assert.ok(isGood(played));
  assert.equal(
    played.scenes,
    scenes.map(({ name }) => name),
  );
  const many = (what: string) => played.measured.happened.get(what) ?? 0;
  const sum = (beginning: string) =>
    [...played.measured.happened].reduce((total, [what, n]) => total + (what.startsWith(beginning) ? n : 0), 0);
  assert.ok(sum('arrived') >= 7, shown);
  assert.is(many('visits begun'), many('visits finished'), shown);
  assert.ok(many('visits finished') >= sum('arrived'), shown);
  for (const what of [
    'registered',
    'diagnoses',
    'prescriptions',
    'dispenses',
    'laboratory orders',
    'results verified',
    'orders to another laboratory acknowledged',
    'messages of another laboratory posted',
    'beds asked for',
    'admitted',
    'medically cleared',
    'discharged',
    'beds cleaned',
    'bed-days charged',
    'portal invitations taken up',
    'booked at home',
    'moved at home',
    'looks at who looked',
    'invoices',
  ])
    assert.ok(many(what) > 0, `${what}: ${shown}`);
  assert.ok(sum('strange results') >= 2, shown); // those with which the demo hospital begins
  assert.ok(sum('critical results') > 0 && sum('payments at home') > 0, shown);
  assert.ok(sum('paid') > 0 && many('claims submitted') > 0, shown);
  assert.is((jsonOf(played) as { good: boolean }).good, true);
});

test('afterwards the clock runs on at its usual speed, and the next day is another one', async ({ hms, wish }) => {
  const Clock = z.object({ speed: z.number(), at: z.string() });
  const { speed, at } = await hms.db.one(
    sql.type(
      Clock,
    )`select speed::float8 as speed, to_char(core.now() at time zone 'Europe/Berlin', 'YYYY-MM-DD HH24:MI') as at from core.clock`,
  );
  assert.is(speed, 1);
  assert.ok(at >= '2026-03-02 10:00', at);
  const next = await playDay({ wish, owner: hms.db, plugins: hms.hms.plugins, scenes: [] });
  assert.is(next.date, '2026-03-03');
});

test('a rule that does not hold is named, and the day is not good', async ({ hms, wish }) => {
  await hms.asAdmin(`set session_replication_role = replica; delete from billing.posting where source = 'payment'`);
  const played = await playDay({ wish, owner: hms.db, plugins: hms.hms.plugins, scenes: [] });
  assert.not(isGood(played));
  assert.match(tableOf(played), /billing: every invoice and every payment is posted with its amount/);
});

test('an answer that nobody reckoned with is an error', async ({ hms, wish }) => {
  const lost = {
    name: 'lost',
    needs: [],
    open: (day: Parameters<(typeof scenes)[number]['open']>[0]) => {
      day.guest('a stranger', day.opensAt, async () => {
        await day.desk('nurse').get('/api/till');
      });
      return Promise.resolve();
    },
  };
  const played = await playDay({ wish, owner: hms.db, plugins: [], scenes: [lost] });
  assert.not(isGood(played));
  assert.match(played.measured.errors[0] ?? '', /^a stranger: GET \/api\/till: 403 permission-missing/);
});

test('a day that is ended early is no worse for it', async ({ hms, wish }) => {
  const played = await playDay({
    wish: { ...wish, speed: 60 },
    owner: hms.db,
    plugins: [],
    opened: (_, end) => void setTimeout(end, 1000),
  });
  assert.ok(played.stoppedEarly);
  assert.equal(played.measured.errors, []);
});

test('a hospital whose clock was set does not start in production', async ({ hms }) => {
  const { config, plugins, urls } = hms.hms;
  const refused = await openHms({ config: { ...config, production: true }, plugins, urls }).catch(
    (error: Error) => error,
  );
  assert.match((refused as Error).message, /clock of this hospital has been set/);
});

test('the clock waits for whoever is behind', async () => {
  const paces: number[] = [];
  let base = { at: 0, real: 0, speed: 0 };
  const showing = () => base.at + (performance.now() - base.real) * base.speed;
  const turn = (at: number, speed: number) => {
    base = { at, real: performance.now(), speed };
    return Promise.resolve(at);
  };
  const clock = {
    set: (at: number) => turn(at, 0),
    pace: (speed: number) => {
      paces.push(speed);
      return turn(showing(), speed);
    },
  };
  const agenda = new Agenda(clock, 600_000, (_, error) => {
    throw error;
  });
  await agenda.start(1);
  agenda.play('slow', async (me) => {
    await me.wait(1);
    await new Promise((resolve) => setTimeout(resolve, 100)); // sixteen hours, were the clock not to wait
    await me.wait(1);
  });
  await agenda.run();
  assert.ok(paces.includes(0), String(paces));
  assert.ok(showing() < 4 * 60 * 60_000, String(showing()));
  assert.is(paces.at(-1), 1);
});
test.run();
