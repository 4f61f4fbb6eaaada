// npm run administrator -- NAME: the first user of a hospital in production, where no password is known beforehand.
import { randomBytes, randomUUID } from 'node:crypto';
import { service } from '../core/actor.ts';
import { auditWork } from '../core/audit/write.ts';
import { databaseFor, openPool } from '../core/database.ts';
import { createUser } from '../plugins/auth/actions.ts';
import { administratorsLeft } from '../plugins/auth/queries.ts';
import { withHospital } from './settings.ts';

const username = process.argv[2] ?? '';

await withHospital(async ({ config, urls }) => {
  if (!/^[a-z0-9._-]{2,64}$/i.test(username))
    throw new Error('Give the administrator a user name: npm run administrator -- anna');
  const password = randomBytes(15).toString('base64url');
  const pool = await openPool(urls.owner, { max: 1 });
  try {
    const db = databaseFor(pool, { actor: service('administrator'), policy: 'open' });
    if (await administratorsLeft(db))
      throw new Error('There is an administrator already; new users are added on the page Users and roles.');
    await db.transaction(async (tx) => {
      const user = await createUser(tx, { username, displayName: username, password, roles: ['admin'] }, config);
      await auditWork(tx, {
        action: 'C',
        route: 'npm run administrator',
        requestId: randomUUID(),
        object: `users/${user.id}`,
        detail: 'first administrator',
      });
    });
  } finally {
    await pool.end();
  }
  console.log(
    `${username} can sign in at ${config.origin} with the password ${password}\nIt is shown once: keep it in a safe place.`,
  );
});
