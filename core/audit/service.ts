import { service } from '../actor.ts';
import type { Hms } from '../hms.ts';
import type { Service } from '../plugin.ts';
import { exportHead, noteFailedExport } from './heads.ts';
import { sealEntries } from './seal.ts';

/** Milliseconds. */
export const sealEvery = 1_000;
export const exportEvery = 60_000;
const sweepEvery = 3_600_000;
/** Minutes back that each second looks at; what became visible later is found by the sweep. */
const recent = 10;

/** Seals new entries every second and exports the head every minute. What goes wrong is said and stops nothing else. */
export const sealer: Service = {
  start: async (hms) => {
    let sweptAt = -Infinity;
    let exportedAt = -Infinity;
    const due = (at: number, every: number) => performance.now() - at >= every;
    const work = async (): Promise<void> => {
      const db = hms.db(service('audit'));
      const sweep = due(sweptAt, sweepEvery);
      await sealEntries(db, sweep ? null : recent);
      if (sweep) sweptAt = performance.now();
      if (!due(exportedAt, exportEvery)) return;
      exportedAt = performance.now();
      await exportOrSay(hms);
    };
    let running: Promise<void> | undefined;
    const timer = setInterval(() => {
      running ??= work()
        .catch((error: unknown) => hms.log.error({ err: error as Error }, 'the audit could not be sealed'))
        .finally(() => (running = undefined));
    }, sealEvery);
    return {
      async stop() {
        clearInterval(timer);
        await running;
      },
    };
  },
};

const exportOrSay = async (hms: Hms): Promise<void> => {
  const db = hms.db(service('audit'));
  try {
    await exportHead(db, hms.config);
  } catch (error) {
    hms.metrics.failedAuditExports.inc();
    hms.log.error({ err: error as Error }, 'the head of the audit could not be exported');
    await noteFailedExport(db, (error as { code?: string }).code ?? (error as Error).name);
  }
};
