/**
 * `npm run image:check` proves the Dockerfile on a machine without a container engine: every stage becomes an empty
 * folder, COPY copies into it, RUN runs in it as an ordinary user with Node.js and npm and nothing else of ours, and what
 * the last stage would start is started against an empty database, asked for its health, and stopped.
 * What it cannot show: the base image itself.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, matchesGlob } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverAccount } from '../core/postgres/account.ts';
import { removeInstance, startPostgres, type Urls } from '../core/postgres/index.ts';
import { readDockerfile, type Step } from './dockerfile.ts';

interface Stage {
  folder: string;
  workdir: string;
  env: Record<string, string>;
  user: string;
  command: string[];
  health: string[];
}

const root = join(import.meta.dirname, '..');
// Root's own temporary folder may be closed to others.
const scratch = realpathSync(mkdtempSync(join(process.getuid?.() === 0 ? '/tmp' : tmpdir(), 'openward-image-')));
chmodSync(scratch, 0o755);
// As root, the same user that the test's database runs as: its socket is open to nobody else.
const account = serverAccount();
const say = (line: string) => console.log(line);

try {
  const base = standInForTheBaseImage();
  const context = join(scratch, 'context');
  const files = copyContext(context);
  say(`Context: ${files} files`);
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  for (const step of readDockerfile(readFileSync(join(root, 'Dockerfile'), 'utf8'))) {
    if (step.name === 'FROM') {
      stage = {
        folder: join(scratch, `stage-${stages.size}`),
        workdir: '/',
        env: {},
        user: 'root',
        command: [],
        health: [],
      };
      mkdirSync(stage.folder);
      stages.set(step.words[2] ?? 'final', stage);
      say(`\n${step.text}`);
    } else if (stage) {
      const began = performance.now();
      carryOut(step, stage, { base, context, stages });
      say(
        `  ${step.text.slice(0, 100)}${step.name === 'RUN' ? `  (${((performance.now() - began) / 1000).toFixed(1)} s)` : ''}`,
      );
    }
  }
  if (!stage) throw new Error('The Dockerfile has no stage.');
  examine(stage);
  await tryOut(stage, base);
  say('\nThe image can be built, starts as an ordinary user, is healthy and stops when asked.');
} catch (error) {
  console.error(`\n${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** Node.js and npm in a folder that every user can enter. */
function standInForTheBaseImage(): string {
  const bin = join(scratch, 'base/bin');
  mkdirSync(bin, { recursive: true });
  cpSync(process.execPath, join(bin, 'node'));
  const npm = process.env.npm_execpath;
  if (!npm) throw new Error('Start this with: npm run image:check');
  cpSync(dirname(dirname(realpathSync(npm))), join(scratch, 'base/npm'), { recursive: true });
  symlinkSync('../npm/bin/npm-cli.js', join(bin, 'npm'));
  chmodSync(join(scratch, 'base/npm/bin/npm-cli.js'), 0o755);
  return bin;
}

/** What `docker build .` would send of a checkout: no ignored file, neither git's nor .dockerignore's. */
function copyContext(to: string): number {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));
  const sent = listed
    .split('\0')
    .filter((file) => file && existsSync(join(root, file)))
    .filter((file) => !ignored.some((pattern) => matchesGlob(file, pattern) || matchesGlob(file, `${pattern}/**`)));
  for (const file of sent) cpSync(join(root, file), join(to, file));
  return sent.length;
}

function carryOut(
  { name, words, text }: Step,
  stage: Stage,
  at: { base: string; context: string; stages: Map<string, Stage> },
): void {
  const inside = (path: string) => join(stage.folder, path.startsWith('/') ? '' : stage.workdir, path);
  switch (name) {
    case 'WORKDIR':
      stage.workdir = words[0]!;
      mkdirSync(inside('.'), { recursive: true });
      return;
    case 'ENV':
      Object.assign(stage.env, Object.fromEntries(words.map((word) => word.split('=', 2))));
      return;
    case 'COPY': {
      const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
      const paths = words.filter((word) => !word.startsWith('--'));
      const source = from === undefined ? at.context : at.stages.get(from)?.folder;
      if (source === undefined) throw new Error(`${text}: there is no stage of that name.`);
      const target = paths.pop()!;
      for (const path of paths) {
        const one = join(source, path);
        if (!existsSync(one)) throw new Error(`${text}: ${path} does not exist there.`);
        const asFile = statSync(one).isFile() && /[/.]$/.test(target);
        cpSync(one, asFile ? join(inside(target), basename(path)) : inside(target), {
          recursive: true,
          verbatimSymlinks: true,
        });
      }
      return;
    }
    case 'RUN': {
      if (/(^|\s)\//.test(text.slice('RUN'.length))) throw new Error(`${text}: absolute paths cannot be tried here.`);
      own(stage.folder, account);
      const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', text.slice('RUN '.length)], {
        ...account,
        cwd: inside('.'),
        encoding: 'utf8',
        env: { ...environment(at.base), ...stage.env },
      });
      if (status !== 0) throw new Error(`${text} failed:\n${stdout}${stderr}`);
      return;
    }
    case 'USER':
      stage.user = words[0]!;
      return;
    case 'CMD':
      stage.command = JSON.parse(text.slice('CMD'.length)) as string[];
      return;
    case 'HEALTHCHECK':
      stage.health = JSON.parse(text.slice(text.indexOf('CMD') + 'CMD'.length)) as string[];
      return;
    case 'EXPOSE':
      return;
    default:
      throw new Error(`${text}: this check does not know ${name}.`);
  }
}

/** The network's settings are the machine's, everything else is the image's. */
function environment(base: string): Record<string, string> {
  const home = join(scratch, 'home');
  mkdirSync(home, { recursive: true });
  own(home, account);
  const network = Object.entries(process.env).filter(([name]) =>
    /proxy$|CA_CERT|SSL_CERT|^npm_config_registry$/i.test(name),
  );
  return { ...(Object.fromEntries(network) as Record<string, string>), PATH: `${base}:/usr/bin:/bin`, HOME: home };
}

function own(folder: string, to: { uid: number; gid: number } | undefined): void {
  if (to) execFileSync('chown', ['-R', `${to.uid}:${to.gid}`, folder]);
}

function examine(stage: Stage): void {
  if (['root', '0'].includes(stage.user)) throw new Error('The last stage runs as root.');
  if (stage.env.NODE_ENV !== 'production') throw new Error('The last stage does not set NODE_ENV=production.');
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const tools = Object.keys(devDependencies).filter(
    (name) => !name.startsWith('@types/') && existsSync(join(stage.folder, stage.workdir, 'node_modules', name)),
  );
  if (tools.length > 0) throw new Error(`The last stage holds tools: ${tools.join(', ')}.`);
  const size = execFileSync('du', ['-sm', stage.folder], { encoding: 'utf8' }).split('\t')[0];
  say(`\nOn top of the base image: ${size} MB`);
}

async function tryOut(stage: Stage, base: string): Promise<void> {
  // The files belong to root in an image: the hospital must not need to write beside its own code.
  own(stage.folder, account && { uid: 0, gid: 0 });
  const database = await startPostgres({ home: join(scratch, 'database'), durable: false });
  try {
    const port = String(await freePort());
    const env = { ...environment(base), ...stage.env, ...production(database.urls, port) };
    const cwd = join(stage.folder, stage.workdir);
    const options = { ...account, cwd };

    const early = spawnSync('node', stage.command.slice(1), { ...options, env, encoding: 'utf8' });
    if (early.status === 0 || !early.stderr.includes('migrate'))
      throw new Error(`On an empty database it should ask for the migration:\n${early.stderr}`);
    const migrate = spawnSync('node', ['scripts/migrate.ts'], {
      ...options,
      env: { ...env, DATABASE_OWNER_URL: database.urls.owner },
      encoding: 'utf8',
    });
    if (migrate.status !== 0) throw new Error(`The migration failed:\n${migrate.stdout}${migrate.stderr}`);

    for (const role of ['web', 'worker']) {
      const began = performance.now();
      const child = spawn(stage.command[0]!, stage.command.slice(1), {
        ...options,
        env: { ...env, OPENWARD_ROLE: role },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
      const healthy = () => spawnSync(stage.health[0]!, stage.health.slice(1), { ...options, env }).status === 0;
      while (!healthy()) {
        if (child.exitCode !== null || performance.now() - began > 30_000) {
          child.kill('SIGKILL');
          throw new Error(`As ${role} it does not become healthy:\n${output}`);
        }
        await sleep(200);
      }
      const seconds = (performance.now() - began) / 1000;
      if (role === 'web') await look(`http://127.0.0.1:${port}`);
      child.kill('SIGTERM');
      const [code] = (await Promise.race([once(child, 'exit'), sleep(12_000, ['hangs'])])) as [number | string | null];
      child.kill('SIGKILL');
      if (code !== 0) throw new Error(`As ${role} it did not stop cleanly within 10 s (${code}):\n${output}`);
      say(`As ${role}: healthy after ${seconds.toFixed(1)} s, stops cleanly`);
    }
  } finally {
    await database.stop();
    removeInstance(join(scratch, 'database'));
  }
}

async function look(url: string): Promise<void> {
  const page = await fetch(url);
  if (page.status !== 200 || !(await page.text()).includes('<html'))
    throw new Error(`The interface is not served: ${page.status}`);
  const api = await fetch(`${url}/api/platform`);
  if (api.status !== 401) throw new Error(`/api/platform should ask who it is: ${api.status}`);
}

function production(urls: Urls, port: string): Record<string, string> {
  return {
    PORT: port,
    HOST: '127.0.0.1',
    ORIGIN: 'https://hospital.example',
    DATABASE_URL: urls.app,
    DATABASE_PATIENT_URL: urls.patient,
    OPENWARD_SESSION_KEY: crypto.randomUUID() + crypto.randomUUID(),
    OPENWARD_PASSWORD_PEPPER: crypto.randomUUID() + crypto.randomUUID(),
    OPENWARD_AUDIT_KEY: crypto.randomUUID() + crypto.randomUUID(),
    OPENWARD_OAUTH_KEY: crypto.randomUUID() + crypto.randomUUID(),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
