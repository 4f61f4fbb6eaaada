// npm run dev: the server, restarted when its files change, and the interface with instant updates on port 5173.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../core/loader.ts';
import { ensureTypes } from './types.ts';

await ensureTypes();
const start = (args: string[], cwd: string) => spawn(process.execPath, args, { cwd, stdio: 'inherit' });
const watched = ['core', 'fhir', 'plugins', 'sql', 'generated'].map((folder) => `--watch-path=${join(root, folder)}`);
const children = [
  start([...watched, '--watch-preserve-output', join(root, 'core/main.ts')], root),
  start([join(root, 'node_modules/vite/bin/vite.js'), 'dev'], join(root, 'ui')),
];
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => children.forEach((child) => child.kill(signal)));
for (const child of children) child.on('exit', () => children.forEach((other) => other.kill()));
