import type { Server } from '@hapi/hapi';
import { service, type Actor } from '../../../core/actor.ts';
import { sql, type Db } from '../../../core/database.ts';
import type { Hms } from '../../../core/hms.ts';
import { refuse } from '../../../core/refuse.ts';

/** Minutes for which a proof counts; the sign-in is one. */
const recently = 5;

/** The session has been opened, or its person has been asked once more, within the last minutes. Real time. */
const hasProved = (db: Db, sessionId: string): Promise<boolean> =>
  db.exists(sql.unsafe`
    select from auth.session where id = ${sessionId} and proved_at > clock_timestamp() - make_interval(mins => ${recently})
  `);

export const noteProof = (db: Db, sessionId: string): Promise<unknown> =>
  db.query(sql.unsafe`update auth.session set proved_at = clock_timestamp() where id = ${sessionId}`);

/** A service has no person who could be asked: its key has just been looked at. A token without a session is a person's who is not here. */
const isFresh = async (db: Db, { kind, sessionId }: Actor): Promise<boolean> =>
  kind === 'service' || (sessionId !== undefined && (await hasProved(db, sessionId)));

/** Every route that says `recent`, whoever's it is: an open screen alone does nothing delicate. */
export const holdToRecent = (server: Server, hms: Hms): void => {
  server.ext('onPostAuth', async (request, h) => {
    const actor = request.auth.credentials?.user?.actor;
    if (request.route.settings.app?.recent && actor && !(await isFresh(hms.db(service('auth')), actor)))
      throw refuse('reauthentication_needed');
    return h.continue;
  });
};
