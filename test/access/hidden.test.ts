import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { changedSince, checksums } from './changed.ts';
import { openHouse, type House } from './hospital.ts';
import { doorsOf } from './doors.ts';
import { fillEveryTable, placesOf } from './every-table.ts';
import { removeHidden, secretsOf, type Secrets } from './secrets.ts';
import { readAll, type Door } from './reading.ts';

/*
 * Whoever may do everything, but has no clearance, goes through every door of a hospital in which every second patient is under
 * protection. Then those patients are taken out of the database, and every door must say what it said before.
 */
/** Looked through, the audit grows; what was done to whom nobody may see stays in it, and names nobody. */
const isAudit = ({ path }: Door): boolean => /audit/i.test(path);
/** Whoever reviews must know that a glass was broken. */
const isReview = ({ path }: Door): boolean => path.startsWith('/api/break-glass');
/** What adds up over everybody, and tells nothing of anybody: money, stock, calendars, beds, places of groups, waiting times, what a merge moves (docs/reports.md). */
const addsUp =
  /^GET \/api\/(reports\/\{id\}(\/csv)? (revenue|payments|services-charged|consumption|utilisation|bed-occupancy)|stock\/lots\/\{id\}\/movements|slots) |\{type\} Slot/;
const sums =
  /"revenue":\{[^}]*\}|"operationalStatus":\{[^}]*\}|"state":"[A-Z]","reason":null,"since":"[^"]*"|"counts":\{[^}]*\}|"left":\d+|"called":\d+,"medianWait":[^}]*|"estimate[^,}]*/g;
/** When a paper was made. */
const printedAt = /\(D:\d{14}Z\)|\/ID \[[^\]]*\]/g;
const sameHouse = ({ name }: Door, text: string): string =>
  addsUp.test(name) ? '' : text.replace(sums, '').replace(printedAt, '');

const test = suite<{ house: House; secrets: Secrets }>('access: a protected record is nowhere');
test.before(async (at) => {
  at.house = await openHouse();
  await fillEveryTable(at.house);
  at.secrets = await secretsOf(at.house);
});
test.after((at) => at.house?.stop());

/** What jobs write at their own time: their plan, signing keys, what the payment provider says, records that are alike. */
const byJobs =
  /^(bullmq\.\w+|core\.(job|outbox|delivery)|oauth\.signing_key|portal\.payment|patients\.duplicate\w*|scheduling\.freed_time)$/;

test('every table that refers to a patient holds rows of somebody under protection', async ({ house }) => {
  const empty: string[] = [];
  for (const { table, column, isHidden } of await placesOf(house)) {
    const [row] = await house.rows(`select exists (select from ${table} where ${isHidden})::text as filled`);
    if (row!.filled !== 'true') empty.push(`${table}.${column}`);
  }
  assert.equal(empty, [], 'let every-table.ts fill it, or nothing below asks about it');
});

test('no door shows anything of it, and without those patients every door says the same', async ({
  house,
  secrets,
}) => {
  const client = house.caller('everything');
  const doors = await doorsOf(house);
  const leaks: string[] = [];
  const before = new Map<string, string>();
  const stood = await checksums(house);
  for (const door of doors) {
    const text = await readAll(client, door, isAudit(door) ? 3 : 40);
    if (!isAudit(door) && !isReview(door)) before.set(door.name, sameHouse(door, text));
    const shown = secrets.in(text);
    if (shown.length > 0) leaks.push(`${door.name}: ${shown.slice(0, 3).join(', ')}`);
  }
  assert.equal(leaks, []);
  const changed = (await changedSince(house, stood)).filter((name) => !byJobs.test(name));
  assert.equal(changed, [], 'reading changes nothing');
  await removeHidden(house);
  const differ: string[] = [];
  for (const door of doors) {
    const was = before.get(door.name);
    if (was === undefined) continue;
    const after = sameHouse(door, await readAll(client, door));
    if (after === was) continue;
    const at = [...was].findIndex((letter, n) => letter !== after[n]);
    differ.push(
      `${door.name}:\n    ${was.slice(Math.max(0, at - 80), at + 120)}\n    ${after.slice(Math.max(0, at - 80), at + 120)}`,
    );
  }
  assert.equal(differ, []);
});
test.run();
