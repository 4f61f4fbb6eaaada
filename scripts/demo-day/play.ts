import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { paceClock, setClock } from '../../core/clock.ts';
import { sql, type Db } from '../../core/database.ts';
import { isPlatform, type LoadedPlugin } from '../../core/loader.ts';
import { Day, textOf, timeOf, type Scene, type Wish } from './day.ts';
import type { Measured } from './measured.ts';
import { scenes as all } from './scenes/index.ts';

export interface Played {
  date: string;
  /** Scenes that took part. */
  scenes: string[];
  /** Of the hospital, and of whoever watched. */
  hospitalMinutes: number;
  seconds: number;
  stoppedEarly: boolean;
  measured: Measured;
  /** Sentences that do not hold, each with the first rows that say so. */
  broken: { plugin: string; rule: string; rows: readonly unknown[] }[];
  invariants: number;
}

interface House {
  wish: Wish;
  /** For the clock and for the last look at every rule; everything else goes through the doors. */
  owner: Db;
  plugins: readonly LoadedPlugin[];
  scenes?: readonly Scene[];
  /** Called as soon as the day is known, with what ends it early. */
  opened?: (day: Day, end: () => void) => void;
}

/** Plays a day. Afterwards the clock runs on at its usual speed from where the day ended: it never goes back. */
export const playDay = async ({ wish, owner, plugins, scenes = all, opened }: House): Promise<Played> => {
  const clock = {
    set: (at: number) => setClock(owner, textOf(at)),
    pace: async (speed: number) => timeOf(await paceClock(owner, speed)),
  };
  const day = await Day.plan(wish, clock, () => settled(owner));
  const begun = performance.now();
  try {
    await day.agenda.start(day.opensAt);
    const here = scenes.filter(({ needs }) => day.has(...needs));
    for (const scene of here) await scene.open(day);
    opened?.(day, () => day.agenda.end());
    await day.agenda.run();
    const seconds = (performance.now() - begun) / 1000;
    await settled(owner);
    const rules = plugins.filter((plugin) => isPlatform(plugin) || day.has(plugin.name));
    return {
      date: day.date,
      scenes: here.map(({ name }) => name),
      hospitalMinutes: (day.agenda.now - day.opensAt) / 60_000,
      seconds,
      stoppedEarly: day.agenda.stoppedEarly,
      measured: day.measured,
      ...(await check(owner, rules)),
    };
  } finally {
    await clock.pace(1);
  }
};

export const isGood = ({ broken, measured }: Played): boolean => broken.length === 0 && measured.errors.length === 0;

/** Until no event waits to be delivered, for ten seconds at most: what is parked or put off by then is for the rules to find. */
const settled = async (owner: Db): Promise<void> => {
  const Waiting = z.strictObject({ waiting: z.boolean() });
  for (const end = performance.now() + 10_000; performance.now() < end; await sleep(50)) {
    const waiting = await owner.oneFirst(sql.type(Waiting)`
      select exists (select from core.outbox where fanned_out_at is null)
        or exists (select from core.delivery where status = 'pending' and next_at <= clock_timestamp()) as waiting
    `);
    if (!waiting) return;
  }
};

/** Every rule of every plugin that is on, as the owner sees it. */
const check = async (owner: Db, plugins: readonly LoadedPlugin[]): Promise<Pick<Played, 'broken' | 'invariants'>> => {
  const rules = plugins.flatMap(({ name, invariants = {} }) =>
    Object.entries(invariants).map(([rule, query]) => ({ plugin: name, rule, query })),
  );
  const broken: Played['broken'] = [];
  for (const { plugin, rule, query } of rules) {
    const rows = await owner.any(query);
    if (rows.length > 0) broken.push({ plugin, rule, rows: rows.slice(0, 3) });
  }
  return { broken, invariants: rules.length };
};
