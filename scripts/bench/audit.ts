// npm run bench:audit [-- --entries N]: a long audit: how long sealing and checking it take, and what a question to it costs over HTTP.
import { parseArgs } from 'node:util';
import { service } from '../../core/actor.ts';
import { verifyChain } from '../../core/audit/verify.ts';
import { sealEntries } from '../../core/audit/seal.ts';
import { sql } from '../../core/database.ts';
import { startHms } from '../../test/hms.ts';

const { values } = parseArgs({ options: { entries: { type: 'string', default: '1000000' } } });
const entries = Number(values.entries);

const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
  const began = performance.now();
  const result = await work();
  console.log(`${what.padEnd(60)} ${((performance.now() - began) / 1000).toFixed(2).padStart(8)} s`);
  return result;
};

// Only a web process: the sealer must not help.
const hms = await startHms(['auth', 'facility', 'patients'], { env: { OPENWARD_ROLE: 'web', LOG_LEVEL: 'silent' } });
try {
  await timed(`${entries} entries of a year are written, 2,000 patients, 50 users`, () =>
    hms.db.query(sql.unsafe`
      insert into core.audit (at, actor_id, actor_kind, action, subtype, route, object, patient_ids, outcome, detail, request_id, source)
      select clock_timestamp() - interval '1 year' * (1 - n / ${entries}::float8), ('00000000-0000-4000-8000-' || lpad((hashint8(n) & 63)::text, 12, '0'))::uuid, 'user',
        (array['R', 'R', 'R', 'R', 'E', 'E', 'C', 'U'])[1 + (hashint8(n + 1) & 7)], (array['opened', 'listed'])[1 + (hashint8(n + 2) & 1)],
        'get /api/patients/{id}/record', 'patients/' || n, array[('00000000-0000-4000-9000-' || lpad((abs(hashint8(n + 3)) % 2000)::text, 12, '0'))::uuid],
        case when n % 500 = 0 then 4 else 0 end, case when n % 500 = 0 then '/problems/not-found' end, 'bench-' || n, ('10.1.' || n % 250 || '.' || n % 199)::inet
      from generate_series(1, ${entries}::int8) n
    `),
  );
  await hms.db.query(sql.unsafe`analyze core.audit`);
  const app = hms.hms.db(service('bench'));
  await timed('they are sealed', () => sealEntries(app, null));
  const verdict = await timed('the whole chain is verified', () => verifyChain(app, []));
  if (verdict.bad ?? verdict.entries < entries) throw new Error(JSON.stringify(verdict));

  const admin = await hms.as('admin');
  const user = '00000000-0000-4000-8000-000000000007';
  const patient = '00000000-0000-4000-9000-000000000123';
  const lastWeek = new Date(Date.now() - 7 * 86_400_000).toISOString();
  for (const [what, query] of [
    ['newest page', ''],
    ['a patient, all time', `patientId=${patient}`],
    ['a person, a week', `userId=${user}&from=${lastWeek}`],
    ['refused, all time', 'outcome=refused'],
    ['saved as a file, all time: there is none', 'subtype=export'],
    ['one address, all time', 'source=10.1.7.7'],
    ['about something that nobody touched, all time', 'about=claims'],
    ['a person and a patient, all time', `userId=${user}&patientId=${patient}`],
  ])
    await timed(what!, async () => {
      const { status } = await admin.get(`/api/audit?limit=50&${query}`);
      if (status !== 200) throw new Error(`${what}: ${status}`);
    });
} finally {
  await hms.stop();
}
