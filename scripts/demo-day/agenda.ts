import { setTimeout as sleep } from 'node:timers/promises';

/** The hospital's clock on the wall, in milliseconds since 1970. */
export interface Clock {
  /** Sets it to a time, and stops it there. */
  set: (at: number) => Promise<unknown>;
  /** It runs on from what it shows, at another speed, 0 to stop it; gives what it shows. */
  pace: (speed: number) => Promise<number>;
}

export interface Player {
  /** In minutes of the hospital. */
  wait: (minutes: number) => Promise<void>;
  /** Until the hospital's clock shows this; at once when it is past. */
  until: (at: number) => Promise<void>;
}

/** Thrown at whoever waits when the day is ended early. */
export class Over extends Error {}

/** When somebody works on what was due so long ago, the clock waits for them. */
const patience = 5 * 60_000;
const minute = 60_000;

/**
 * Who does what when, by the hospital's clock. The clock runs as fast as was asked for, or as fast as the house can follow:
 * while a player is behind by more than five minutes of the hospital it stands still. So a speed that no machine can keep
 * measures how fast this one is, and nobody is late only because the server was.
 */
export class Agenda {
  private readonly clock: Clock;
  private readonly speed: number;
  private waiting: { at: number; go: () => void; stop: (over: Over) => void }[] = [];
  /** Whoever works just now, and the time at which they began. */
  private readonly busy = new Map<Player, number>();
  private readonly failed: (player: string, error: unknown) => void;
  private base = { at: 0, real: 0, speed: 0 };
  private ended = false;

  constructor(clock: Clock, speed: number, failed: (player: string, error: unknown) => void) {
    this.clock = clock;
    this.speed = speed;
    this.failed = failed;
  }

  get now(): number {
    return this.base.at + (performance.now() - this.base.real) * this.base.speed;
  }
  get stoppedEarly(): boolean {
    return this.ended;
  }

  /** It is this time now, and stays so until the play begins. */
  async start(at: number): Promise<void> {
    await this.clock.set(at);
    this.base = { at, real: performance.now(), speed: 0 };
  }
  private async pace(speed: number): Promise<void> {
    this.base = { at: await this.clock.pace(speed), real: performance.now(), speed };
  }

  /** Somebody's part. It ends when the work does; what goes wrong in it ends this part and no other. */
  play(name: string, work: (me: Player) => Promise<void>): void {
    const me: Player = {
      wait: (minutes) => me.until(this.now + minutes * minute),
      until: async (at) => {
        if (this.ended) throw new Over();
        this.busy.delete(me);
        await new Promise<void>((go, stop) => this.waiting.push({ at, go, stop }));
        this.busy.set(me, at);
      },
    };
    this.busy.set(me, this.now);
    void work(me)
      .catch((error: unknown) => {
        if (!(error instanceof Over)) this.failed(name, error);
      })
      .finally(() => this.busy.delete(me));
  }

  /** Whoever waits goes home; what is under way is finished. */
  end(): void {
    this.ended = true;
    for (const { stop } of this.waiting.splice(0)) stop(new Over());
  }

  /** Until everybody's part is over. Then the clock runs on at its usual speed, from where the day ended. */
  async run(): Promise<void> {
    while (this.busy.size > 0 || this.waiting.length > 0) {
      const { now } = this;
      const due = this.waiting.filter(({ at }) => at <= now);
      this.waiting = this.waiting.filter(({ at }) => at > now);
      for (const { go } of due.sort((a, b) => a.at - b.at)) go();
      const behind = now - Math.min(now, ...this.busy.values());
      if (this.base.speed > 0 && behind > patience) await this.pace(0);
      else if (this.base.speed === 0 && behind <= minute) await this.pace(this.speed);
      await sleep(this.base.speed === 0 || this.speed > 1000 ? 2 : 20);
    }
    await this.pace(1);
  }
}
