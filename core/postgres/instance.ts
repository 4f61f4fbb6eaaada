import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverAccount, type Account } from './account.ts';
import { sharedFolder } from './binaries.ts';
import { isServer, readLock } from './lock.ts';

export const logins = ['admin', 'owner', 'app', 'patient'] as const;
export type Login = (typeof logins)[number];

/** One embedded database: who it is, where its files are, and the passwords of its four logins. */
export interface Instance {
  home: string;
  data: string;
  socketDir: string;
  logFile: string;
  account: Account | undefined;
  passwords: Record<Login, string>;
}

interface Identity {
  id: string;
  passwords: Record<Login, string>;
}

/**
 * The data of root's instance lie under /var/lib, because the server runs as somebody who may not be able to enter
 * `home`. They are found by the random id in `home/instance`, not by the path: a fresh clone in the place of an old one
 * must not find the old one's patients.
 */
export function openInstance(folder: string): Instance {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const home = realpathSync(folder);
  const { id, passwords } = readOrMakeIdentity(join(home, 'instance'));
  const { data, account } = placeOf(home, id);
  return { home, data, account, passwords, socketDir: socketFolder(id, account), logFile: join(home, 'postgres.log') };
}

/** Deletes the database of a folder for good. @throws while its server runs */
export function removeInstance(folder: string): void {
  const instance = openInstance(folder);
  const lock = readLock(instance.data);
  if (lock && isServer(lock.pid, instance.data))
    throw new Error(`The database of ${folder} is running; stop OpenWard first.`);
  for (const path of [instance.data, instance.socketDir, instance.logFile, join(instance.home, 'instance')])
    rmSync(path, { recursive: true, force: true });
}

/** The socket's folder belongs to the server's user alone. @throws when somebody else has put one in its place */
export function makeSocketFolder({ socketDir, account }: Instance): void {
  try {
    mkdirSync(socketDir, { mode: 0o700 });
    if (account) chownSync(socketDir, account.uid, account.gid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const found = lstatSync(socketDir);
  if (!found.isDirectory() || found.uid !== (account?.uid ?? process.getuid?.()))
    throw new Error(`${socketDir} belongs to somebody else; remove it and start again.`);
  chmodSync(socketDir, 0o700);
}

function readOrMakeIdentity(file: string): Identity {
  const password = () => randomBytes(24).toString('hex');
  const fresh: Identity = {
    id: randomBytes(16).toString('hex'),
    passwords: { admin: password(), owner: password(), app: password(), patient: password() },
  };
  // A finished file is linked into place: of several first starts one wins, and nobody reads a half-written file.
  const draft = `${file}.${process.pid}.${fresh.id}`;
  try {
    writeFileSync(draft, `${JSON.stringify(fresh, null, 2)}\n`, { mode: 0o600 });
    linkSync(draft, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') throw differentUser(file);
    if (code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Identity;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') throw differentUser(file);
    throw new Error(`${file} is damaged: it should hold the id and the passwords of the database.`, { cause: error });
  }
}

const differentUser = (file: string) =>
  new Error(`${file} belongs to another user. Start OpenWard as that user, or set OPENWARD_HOME to another folder.`);

function placeOf(home: string, id: string): { data: string; account: Account | undefined } {
  const own = join(home, 'postgres');
  const account = serverAccount();
  if (!account) return { data: own, account };
  // A hospital that was begun by an ordinary user stays theirs when root starts it once.
  const begun = statSync(join(own, 'PG_VERSION'), { throwIfNoEntry: false });
  if (begun && begun.uid !== 0) return { data: own, account: { uid: begun.uid, gid: begun.gid } };
  return { data: join(sharedFolder, id), account };
}

/** A socket's path ends at 107 bytes, on some systems at 103, and root's own temporary folder is closed to others. */
function socketFolder(id: string, account: Account | undefined): string {
  const name = `openward-${id.slice(0, 12)}`;
  const wanted = join(tmpdir(), name);
  return account || Buffer.byteLength(join(wanted, '.s.PGSQL.5432.lock')) > 103 ? join('/tmp', name) : wanted;
}
