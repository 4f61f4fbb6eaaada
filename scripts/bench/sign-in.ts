// npm run bench:sign-in [-- --rounds N]: how long a refused sign-in takes, by why it is refused. Nothing may be told from it: the
// medians lie within 5 ms; on a busy machine what this process worked says more than what the clock says. Each try is with a name of its own, so that none is locked by the one before; kinds come in turn.
import { parseArgs } from 'node:util';
import { loadavg } from 'node:os';
import { sql } from '../../core/database.ts';
import { startHms } from '../../test/hms.ts';
import { median } from './measure.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '40' } } });
const rounds = Number(values.rounds);
const kinds = ['existing', 'missing', 'disabled', 'locked'] as const;

const hms = await startHms(['auth', 'facility', 'patients'], {
  env: { OPENWARD_ROLE: 'web', OPENWARD_PASSWORD_COST: '12', LOG_LEVEL: 'silent' },
});
try {
  // A hash of the cost that passwords are kept with.
  await (await hms.as('admin')).post('/api/users', { username: 'somebody', displayName: 'Somebody', password: 'seven green umbrellas', roles: ['nurse'] }); // prettier-ignore
  await hms.db.query(sql.unsafe`
    insert into auth."user" (username, display_name, password_hash, active)
    select kind || n, kind, (select password_hash from auth."user" where username = 'somebody'), kind <> 'disabled'
    from unnest(array['existing', 'disabled', 'locked']) kind, generate_series(0, ${rounds}::integer) n
  `);
  await hms.db.query(sql.unsafe`
    insert into auth.failed_login (username, failures, locked_until)
    select 'locked' || n, 20, clock_timestamp() + interval '1 hour' from generate_series(0, ${rounds}::integer) n
  `);
  const took = new Map(kinds.map((kind) => [kind, { clock: [] as number[], work: [] as number[] }]));
  for (let round = 0; round <= rounds; round++)
    for (let n = 0; n < kinds.length; n++) {
      const kind = kinds[(n + round) % kinds.length]!;
      const begun = performance.now();
      const worked = process.cpuUsage();
      const { status } = await hms.anonymous.post('/api/auth/login', { username: `${kind}${round}`, password: 'not this one at all' }); // prettier-ignore
      const clock = performance.now() - begun;
      const { user, system } = process.cpuUsage(worked);
      if (status !== (kind === 'locked' ? 429 : 401)) throw new Error(`${kind}: ${status}`);
      if (round === 0) continue;
      took.get(kind)!.clock.push(clock);
      took.get(kind)!.work.push((user + system) / 1000);
    }
  const medians = kinds.map((kind) => ({
    kind,
    clock: median(took.get(kind)!.clock),
    work: median(took.get(kind)!.work),
  }));
  const apart = (of: 'clock' | 'work') => {
    const all = medians.map((it) => it[of]);
    return Math.max(...all) - Math.min(...all);
  };
  const line = (name: string, clock: number, work: number) =>
    `${name.padEnd(10)}${clock.toFixed(1).padStart(10)} ms${work.toFixed(1).padStart(10)} ms`;
  console.log(`${''.padEnd(10)}${'clock'.padStart(13)}${'work'.padStart(13)}`);
  for (const { kind, clock, work } of medians) console.log(line(kind, clock, work));
  console.log(
    `${line('apart', apart('clock'), apart('work'))}   (aim: 5 ms)   load average ${loadavg()[0]!.toFixed(1)}`,
  );
} finally {
  await hms.stop();
}
