import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** What lies in a backup beside the files: who made it, and the SHA-256 of each of them. */
export interface Manifest {
  openward: string;
  madeAt: string;
  postgresql: string;
  files: Record<string, string>;
}

const name = 'manifest.json';

/** The folder as one .tar.gz that only its owner can read. Made beside and renamed, so that half a backup never looks like one. */
export const pack = async (folder: string, file: string, about: Omit<Manifest, 'files'>): Promise<void> => {
  const files = await sums(folder);
  writeFileSync(join(folder, name), JSON.stringify({ ...about, files } satisfies Manifest));
  const tar = spawn('tar', ['-cf', '-', '-C', folder, '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(tar, 'close');
  const half = `${file}.unfinished`;
  try {
    await pipeline(tar.stdout, createGzip({ level: 1 }), createWriteStream(half, { mode: 0o600 }));
    const [code] = (await ended) as [number];
    if (code !== 0) throw new Error('tar could not write the backup.');
    renameSync(half, file);
  } finally {
    rmSync(half, { force: true });
  }
};

/** @throws when a file is missing, was added or differs from what was packed */
export const unpack = async (file: string, folder: string): Promise<Manifest> => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { status } = spawnSync('tar', ['-xzf', file, '-C', folder], { stdio: ['ignore', 'ignore', 'ignore'] });
  if (status !== 0) throw new Error(`${file} is damaged, or no backup of an embedded database.`);
  const manifest = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Manifest;
  rmSync(join(folder, name));
  const found = await sums(folder);
  const differing = [...new Set([...Object.keys(found), ...Object.keys(manifest.files)])].filter(
    (path) => found[path] !== manifest.files[path],
  );
  if (differing.length > 0) throw new Error(`${file} is damaged: ${differing.length} files are not as they were.`);
  return manifest;
};

const sums = async (folder: string): Promise<Record<string, string>> => {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    found[relative(folder, path)] = hash.digest('hex');
  }
  return found;
};
