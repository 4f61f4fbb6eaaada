import { execFileSync } from 'node:child_process';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** What a server says about itself in `postmaster.pid` as long as it runs; a killed one leaves the file behind. */
export interface Lock {
  pid: number;
  socketDir: string;
}

export const lockFile = (data: string): string => join(data, 'postmaster.pid');

export function readLock(data: string): Lock | undefined {
  const text = read(lockFile(data));
  return text === undefined ? undefined : { pid: pidIn(text), socketDir: text.split('\n')[4] ?? '' };
}

/** Whether the process of that number is the server of exactly this data: numbers are given out again. */
export function isServer(pid: number, data: string): boolean {
  const words = commandLine(pid);
  return basename(words[0] ?? '') === 'postgres' && words.includes(data);
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A number that no process can have. */
const nobody = 2 ** 31 - 2;

/**
 * PostgreSQL clears the lock of a dead server by itself, and waits for what is left of it. It refuses when the number
 * now belongs to a stranger; such a lock gets a number that nobody has, which leaves the rest to PostgreSQL.
 * The file is taken away for that: should a server start at this moment, its own lock is put back as it was.
 */
export function disownLock(path: string, data: string): void {
  const pid = pidIn(read(path));
  if (!pid || !isAlive(pid) || isServer(pid, data)) return;
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    const text = read(aside) ?? '';
    if (!isServer(pidIn(text), data)) writeFileSync(aside, text.replace(/^-?\d+/, String(nobody)));
    linkSync(aside, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

const pidIn = (text = ''): number => Math.abs(parseInt(text, 10)) || 0;

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function commandLine(pid: number): string[] {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    // `ps` joins the words by spaces, which a path may hold too: what stands between -D and the next option is the path.
    const line = execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const [program = '', rest = ''] = line.split(' -D ');
    return [program, rest.split(/ -[a-z] /, 1)[0] ?? ''];
  } catch {
    return [];
  }
}
