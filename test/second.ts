import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { TestHms } from './hms.ts';

export interface Second {
  url: string;
  process: ChildProcess;
  /** Asks it to stop; gives its exit code and what it took, in milliseconds. */
  stop: (signal?: NodeJS.Signals) => Promise<{ code: number | null; took: number }>;
}

/** Another process of the same hospital: as two of them stand behind one proxy. */
export const startSecond = async (
  { hms }: Pick<TestHms, 'hms'>,
  plugins: readonly string[],
  env: Record<string, string> = {},
): Promise<Second> => {
  const { urls, config } = hms;
  const child = spawn(process.execPath, [join(import.meta.dirname, '../core/main.ts')], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'test',
      PORT: '0',
      LOG_LEVEL: 'error',
      OPENWARD_DEMO: '0',
      OPENWARD_ROLE: 'web',
      OPENWARD_PLUGINS: plugins.join(','),
      OPENWARD_SESSION_KEY: config.sessionKey,
      OPENWARD_LIMITS: 'all=100000000',
      DATABASE_URL: urls.app,
      DATABASE_PATIENT_URL: urls.patient,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const over = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (text: Buffer) => {
      said += String(text);
      const [found] = /http:\/\/localhost:\d+/.exec(said) ?? [];
      if (found) resolve(found.replace('localhost', '127.0.0.1'));
    });
    void over.then((code) => reject(new Error(`the second process has ended with ${code}: ${said}`)));
  });
  return {
    url,
    process: child,
    async stop(signal = 'SIGTERM') {
      const begun = performance.now();
      child.kill(signal);
      return { code: await over, took: performance.now() - begun };
    },
  };
};
