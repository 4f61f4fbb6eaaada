// npm run audit -- verify | export: is the audit as it was written, and its head to a file outside the database.
import { exportHead, readHeads } from '../core/audit/heads.ts';
import { verifyChain } from '../core/audit/verify.ts';
import { service } from '../core/actor.ts';
import { databaseFor, openPool } from '../core/database.ts';
import { withHospital } from './settings.ts';

const verb = process.argv[2];

await withHospital(async ({ config, urls }) => {
  if (verb !== 'verify' && verb !== 'export') throw new Error('Say what: npm run audit -- verify, or -- export');
  const pool = await openPool(urls.app, { max: 1, statementTimeout: 120_000 });
  const db = databaseFor(pool, { actor: service('audit'), policy: 'open' });
  try {
    if (verb === 'export') {
      console.log(`The head at entry ${await exportHead(db, config, { always: true })} is in ${config.auditHeads}.`);
      return;
    }
    const began = performance.now();
    const { entries, heads, bad } = await verifyChain(db, await readHeads(config));
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    if (bad) {
      const where = [bad.seq && `place ${bad.seq}`, bad.auditId && `entry ${bad.auditId}`, bad.at && `of ${bad.at}`];
      throw new Error(
        `The audit is not as it was written. First bad place: ${bad.problem}, ${where.filter(Boolean).join(', ')}.`,
      );
    }
    console.log(`${entries} entries are as they were written, held against ${heads} exported heads, in ${seconds} s.`);
    if (heads === 0) console.log('No head was exported yet: whoever can rewrite the whole chain is not found.');
  } finally {
    await pool.end();
  }
});
