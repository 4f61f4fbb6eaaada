import type * as api from '../../generated/api/types.ts';
import { Agenda, Over, type Player, type Clock } from './agenda.ts';
import { Chance } from './chance.ts';
import { Refused, signIn, type Desk } from './desk.ts';
import { Measured } from './measured.ts';

export const demoUsers = ['admin', 'doctor', 'nurse', 'receptionist', 'pharmacist', 'cashier', 'labtech'] as const;
export type Role = (typeof demoUsers)[number];

export interface Wish {
  url: string;
  /** Times the usual speed of the clock, at most: it waits for a house that cannot follow. */
  speed: number;
  /** Hours of the wall, 07:30. */
  from: string;
  until: string;
  /** Null: whoever is expected, and a third as many who are not. */
  patients: number | null;
  seed: number;
  /** Who plays a role when it is not the demo hospital's user of that name. */
  users: Partial<Record<Role, string>>;
  password: string;
}

/** One part of the hospital. It takes part when the plugins it needs are on. */
export interface Scene {
  name: string;
  needs: readonly string[];
  open: (day: Day) => Promise<void>;
}

const minute = 60_000;
/** After closing, whoever is still here is seen; nobody is kept longer than this. */
const overtime = 4 * 60 * minute;

/** What the scenes share: the clock, who works here, what was found out in the morning, and what the day adds up to. */
export class Day {
  readonly measured = new Measured();
  readonly chance: Chance;
  readonly agenda: Agenda;
  readonly platform: api.Platform;
  readonly date: string;
  readonly opensAt: number;
  readonly closesAt: number;
  readonly wish: Wish;
  /** Who is in the house, and which of them have not been seen yet. */
  here = 0;
  waiting = 0;
  /** Ids of patients who said at the till that they pay at home. */
  readonly payAtHome = new Set<string>();

  private readonly desks: ReadonlyMap<Role, Desk>;
  private readonly settled: () => Promise<void>;
  private readonly idle = new Map<string, number>();
  private guests = 0;

  private constructor(at: {
    wish: Wish;
    platform: api.Platform;
    desks: ReadonlyMap<Role, Desk>;
    measured: Measured;
    hours: Hours;
    clock: Clock;
    settled: () => Promise<void>;
  }) {
    this.wish = at.wish;
    this.platform = at.platform;
    this.desks = at.desks;
    this.measured = at.measured;
    this.chance = new Chance(at.wish.seed);
    this.date = at.hours.date;
    this.opensAt = at.hours.opensAt;
    this.closesAt = at.hours.closesAt;
    this.settled = at.settled;
    this.agenda = new Agenda(at.clock, at.wish.speed, (player, error) => this.wentWrong(player, error));
  }

  /** @param settled resolves when no event waits to be delivered */
  static async plan(wish: Wish, clock: Clock, settled: () => Promise<void>): Promise<Day> {
    const measured = new Measured();
    const desks = new Map<Role, Desk>();
    for (const role of demoUsers)
      desks.set(
        role,
        await signIn(wish.url, measured, { username: wish.users[role] ?? role, password: wish.password }),
      );
    const platform = await desks.get('admin')!.get('/api/platform');
    const hours = await nextDay(desks.get('receptionist')!, platform, wish);
    return new Day({ wish, platform, desks, measured, hours, clock, settled });
  }

  has(...plugins: readonly string[]): boolean {
    return plugins.every((name) => this.platform.plugins.some((it) => it.name === name));
  }
  desk(role: Role): Desk {
    return this.desks.get(role)!;
  }
  /** As the server writes times. */
  get nowText(): string {
    return textOf(this.agenda.now);
  }
  get isOpen(): boolean {
    return this.agenda.now < this.closesAt;
  }

  /** Somebody who comes at a time, does what they came for, and goes. */
  guest(name: string, at: number, work: (me: Player) => Promise<void>): void {
    this.guests++;
    this.agenda.play(name, async (me) => {
      try {
        await me.until(at);
        await work(me);
      } finally {
        this.guests--;
      }
    });
  }

  /**
   * A desk looks at its list every few minutes, from opening until the house is quiet.
   * @param round gives whether there was something to do, or is about to be
   */
  attend(name: string, every: number, round: (me: Player) => Promise<boolean>): void {
    this.idle.set(name, 0);
    this.agenda.play(name, async (me) => {
      await me.until(this.opensAt + this.chance.of(name) * every * minute);
      while (!this.isQuiet) {
        if (!this.isOpen) await this.settled();
        const isBusy = await round(me).catch((error: unknown) => {
          if (error instanceof Over) throw error;
          this.wentWrong(name, error);
          return false;
        });
        this.idle.set(name, isBusy ? 0 : (this.idle.get(name) ?? 0) + 1);
        await me.wait(every);
      }
    });
  }

  /** Closed, nobody is expected, and every desk has looked twice and found nothing. */
  private get isQuiet(): boolean {
    if (this.agenda.stoppedEarly || this.agenda.now > this.closesAt + overtime) return true;
    return !this.isOpen && this.guests === 0 && [...this.idle.values()].every((rounds) => rounds > 1);
  }

  /** Two who change one thing at a time is a part of every day; whoever comes second looks again. */
  private wentWrong(who: string, error: unknown): void {
    if (error instanceof Refused && error.code === 'version-stale') return;
    this.measured.errors.push(`${who}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export const textOf = (at: number): string => Temporal.Instant.fromEpochMilliseconds(Math.round(at)).toString();
export const timeOf = (text: string): number => Temporal.Instant.from(text).epochMilliseconds;

interface Hours {
  date: string;
  opensAt: number;
  closesAt: number;
}

/**
 * The first day on which somebody works and whose morning is still to come: the hospital's clock never runs backwards, for
 * then everything that was written since would lie in the future.
 */
const nextDay = async (reception: Desk, platform: api.Platform, wish: Wish): Promise<Hours> => {
  const { zone } = platform;
  const now = Temporal.Instant.from(platform.now).toZonedDateTimeISO(zone);
  for (let ahead = 0; ahead < 14; ahead++) {
    const date = now.toPlainDate().add({ days: ahead });
    const at = (hours: string) =>
      date.toZonedDateTime({ timeZone: zone, plainTime: Temporal.PlainTime.from(hours) }).epochMilliseconds;
    const hours = { date: date.toString(), opensAt: at(wish.from), closesAt: at(wish.until) };
    if (hours.opensAt < now.epochMilliseconds) continue;
    if (!platform.plugins.some(({ name }) => name === 'scheduling')) return hours;
    const { practitioners } = await reception.get('/api/schedule/day', { query: { date: hours.date } });
    const isAtWork = practitioners.some(({ windows }) =>
      windows.some(({ start, end }) => timeOf(start) < hours.closesAt && timeOf(end) > hours.opensAt),
    );
    if (isAtWork) return hours;
  }
  throw new Error('Nobody has working hours in the next two weeks.');
};
