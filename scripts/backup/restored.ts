import { randomUUID } from 'node:crypto';
import { exportHead } from '../../core/audit/heads.ts';
import { sealEntries } from '../../core/audit/seal.ts';
import { auditWork } from '../../core/audit/write.ts';
import { service } from '../../core/actor.ts';
import { databaseFor, openPool } from '../../core/database.ts';
import { withHospital } from '../settings.ts';

/**
 * What was written after the backup is lost, its entries in the audit as well: an entry says so, and a signed head lets the check
 * tell a restored chain from one that was cut.
 */
export const sayRestored = (): Promise<void> =>
  withHospital(async ({ config, urls }) => {
    const pool = await openPool(urls.app, { max: 1 });
    const db = databaseFor(pool, { actor: service('restore'), policy: 'open' });
    try {
      await exportHead(db, config, { always: true, restored: true });
      await auditWork(db, {
        action: 'E',
        route: 'restore',
        detail: 'A backup was restored',
        requestId: randomUUID(),
        purpose: 'HSYSADMIN',
      });
      await sealEntries(db, null);
    } finally {
      await pool.end();
    }
  });
