import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Instance } from './instance.ts';
import { isAlive } from './lock.ts';

/** Nothing of ours is passed on: PGPORT, PGDATA or a foreign locale would change what the server does. */
export const environment = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** Made beside and renamed when whole: a killed initdb leaves no half cluster, and of several at once one wins. */
export async function initialise(instance: Instance, bin: string, durable: boolean): Promise<void> {
  const { data, account, socketDir, passwords } = instance;
  mkdirSync(dirname(data), { recursive: true, mode: 0o711 });
  sweepUnfinished(data);
  const fresh = `${data}.new-${process.pid}`;
  const passwordFile = join(socketDir, `password-${process.pid}`);
  try {
    mkdirSync(fresh, { mode: 0o700 });
    writeFileSync(passwordFile, passwords.admin, { mode: 0o600 });
    if (account) for (const path of [fresh, passwordFile]) chownSync(path, account.uid, account.gid);
    // The built-in locale sorts the same on every machine and survives an update of the operating system.
    await run(
      join(bin, 'initdb'),
      [
        '-D',
        fresh,
        '--username=postgres',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--no-instructions',
        ...(durable ? [] : ['--no-sync']),
      ],
      instance,
    );
    renameSync(fresh, data);
  } catch (error) {
    if (!existsSync(join(data, 'PG_VERSION'))) throw error;
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(fresh, { recursive: true, force: true });
  }
}

function sweepUnfinished(data: string): void {
  const prefix = `${basename(data)}.new-`;
  for (const name of readdirSync(dirname(data)).filter((it) => it.startsWith(prefix)))
    if (!isAlive(Number(name.slice(prefix.length))))
      rmSync(join(dirname(data), name), { recursive: true, force: true });
}

async function run(program: string, words: string[], { account }: Instance): Promise<void> {
  const child = spawn(program, words, { ...account, env: environment, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${basename(program)} failed: ${complaint.trim()}`);
}
