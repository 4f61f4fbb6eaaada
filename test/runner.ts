import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';

/** Something `npm test` does: a check, which counts as one, or a file of tests, which counts as many. */
export interface Job {
  name: string;
  run: () => Promise<Outcome>;
}

export interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
  seconds: number;
  /** Why it failed, or why something was skipped, in a sentence. */
  note?: string;
  /** What it wrote, to be shown when it failed. */
  output: string;
}

export interface Place {
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/** A tool that says by its exit code whether all is well. */
export const check = (name: string, script: string, words: string[], place: Place): Job => ({
  name,
  async run() {
    const { code, output, seconds, note } = await runNode([script, ...words], place, 300);
    const good = code === 0;
    return { passed: good ? 1 : 0, failed: good ? 0 : 1, skipped: 0, seconds, output, ...(note ? { note } : {}) };
  },
});

/**
 * A file of tests in a process of its own. uvu calls a file without `test.run()` a success, and one whose `before` threw,
 * so its summary is read, not only its exit code. A file that skips says why in a line that begins with `skip: `.
 */
export const testFile = (file: string, place: Place, limitSeconds: number, skipIsFailure: boolean): Job => ({
  name: file,
  async run() {
    const { code, output, seconds, note } = await runNode([file], place, limitSeconds);
    const total = count(output, 'Total');
    const passed = count(output, 'Passed');
    const skipped = count(output, 'Skipped');
    const reason = /^skip: (.*)$/m.exec(output)?.[1];
    const fail = (why: string, failed = 1): Outcome => ({ passed, failed, skipped, seconds, note: why, output });

    if (note) return fail(note, Math.max(1, total - passed));
    if (passed < total) {
      const silent = !output.includes(' FAIL ') && 'Its before() threw, so nothing ran.';
      return fail(silent || `${total - passed} of ${total} failed.`, total - passed);
    }
    if (code !== 0) return fail('It ended with an error outside its tests.');
    if (total + skipped === 0) return fail('It runs no test: is test.run() missing?');
    if (skipped > 0 && !reason) return fail('It skips without a line "skip: …" that says why.');
    if (skipped > 0 && skipIsFailure) return fail(`Nothing may be skipped here: ${reason}`, skipped);
    return { passed, failed: 0, skipped, seconds, output, ...(reason ? { note: reason } : {}) };
  },
});

const count = (output: string, label: string): number => {
  const all = [...output.matchAll(new RegExp(`^ {2}${label}: +(\\d+)$`, 'gm'))];
  return Number(all.at(-1)?.[1] ?? 0);
};

/** Runs the jobs in order, so many at a time, with a line for each that has ended. */
export async function inLanes(lanes: number, jobs: Job[], done: Map<string, Outcome>): Promise<void> {
  const waiting = [...jobs];
  const lane = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      const outcome = await job.run();
      done.set(job.name, outcome);
      show(job.name, outcome);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/**
 * Runs again, alone, what failed among the jobs: a browser beside others on a busy machine may miss a moment it waits for.
 * Both runs are shown; what fails twice has failed. Not for tests of what must never happen: there once is too often.
 * More than three failures are no chance, and stay.
 */
export async function runAgainAlone(jobs: Job[], done: Map<string, Outcome>): Promise<void> {
  const failed = jobs.filter(({ name }) => (done.get(name)?.failed ?? 0) > 0);
  if (failed.length > 3) return;
  if (failed.length > 0) console.log('\nFailed beside others, so run again alone:');
  for (const job of failed) {
    const outcome = await job.run();
    const note = outcome.note ?? 'It failed beside others and passed alone: see why above.';
    done.set(job.name, { ...outcome, note });
    show(job.name, { ...outcome, note });
  }
}

function show(name: string, { passed, failed, skipped, seconds, note, output }: Outcome): void {
  const counts = [
    passed > 1 && `${passed} passed`,
    failed > 1 && `${failed} failed`,
    skipped > 0 && `${skipped} skipped`,
  ];
  const words = [name.padEnd(44), `${seconds.toFixed(1).padStart(6)} s`, counts.filter(Boolean).join(', '), note ?? ''];
  console.log(`${failed ? '✘' : '✓'} ${words.filter(Boolean).join('  ')}`);
  if (failed) console.log(output.trimEnd().replace(/^/gm, '    '));
}

/** The last line is read by machines: `N passed, N failed`. */
export function conclude(done: Map<string, Outcome>, seconds: number): number {
  const sum = (of: 'passed' | 'failed' | 'skipped') => [...done.values()].reduce((total, it) => total + it[of], 0);
  const broken = [...done].filter(([, outcome]) => outcome.failed > 0);
  console.log(`\n${done.size} checks and files in ${seconds.toFixed(0)} s.`);
  for (const [name, { note }] of broken) console.log(`✘ ${name}${note ? `: ${note}` : ''}`);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed${sum('skipped') ? `, ${sum('skipped')} skipped` : ''}`);
  return broken.length > 0 ? 1 : 0;
}

interface Ended {
  code: number | null;
  output: string;
  seconds: number;
  note?: string;
}

const groups = new Set<number>();

/** Ends everything that still runs, what it has started included. */
export function killAll(): void {
  for (const pid of groups) killGroup(pid);
}

const runNode = (words: string[], { cwd, env }: Place, limitSeconds: number): Promise<Ended> =>
  new Promise((resolve) => {
    const began = performance.now();
    const child = spawn(process.execPath, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    groups.add(child.pid ?? 0);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    let note: string | undefined;
    const limit = setTimeout(() => {
      note = `It took longer than ${limitSeconds} s and was ended.`;
      killGroup(child.pid ?? 0);
    }, limitSeconds * 1000);
    child.once('error', (error) => (note = error.message));
    // Not 'close': a process that a test has left behind may hold the pipe open.
    child.once('exit', (code) => {
      clearTimeout(limit);
      setTimeout(() => {
        killGroup(child.pid ?? 0);
        groups.delete(child.pid ?? 0);
        const seconds = (performance.now() - began) / 1000;
        resolve({ code, output: stripVTControlCharacters(output), seconds, ...(note ? { note } : {}) });
      }, 20);
    });
  });

function killGroup(pid: number): void {
  try {
    if (pid > 0) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
