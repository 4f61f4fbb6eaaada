import { hospitalNow } from '../../core/clock.ts';
import type { Db } from '../../core/database.ts';
import type { Hms } from '../../core/hms.ts';
import type { Dashboard, DashboardQuery } from './model.ts';
import { minorDigits } from './money.ts';
import { dayOf, periodOf } from './period.ts';
import { noShows, revenue, stockAtRisk, visitsByDay, waiting } from './queries.ts';
import { catchUp } from './rollups.ts';

/** Within these days a lot must be used, sent back or thrown away. */
const riskDays = 90;

export interface House {
  has: (plugin: string) => boolean;
  zone: string;
  currency: string;
}

export const houseOf = ({ plugins, config: { zone, currency } }: Hms): House => ({
  has: (plugin) => plugins.some(({ name }) => name === plugin),
  zone,
  currency,
});

/** Asks only what is switched on; the questions do not depend on each other. */
export const dashboard = async (db: Db, asked: DashboardQuery, { has, zone, currency }: House): Promise<Dashboard> => {
  const today = dayOf(await hospitalNow(db), zone);
  const period = periodOf(asked, today, zone);
  const it = { ...period, currency, ...(asked.departmentId ? { departmentId: asked.departmentId } : {}) };
  const until = Temporal.PlainDate.from(today).add({ days: riskDays }).toString();

  await catchUp(db, { has, zone });
  const [days, median, missed, money, stock] = await Promise.all([
    has('ehr') ? visitsByDay(db, it) : null,
    has('ehr') ? waiting(db, it) : null,
    has('scheduling') ? noShows(db, it) : null,
    has('billing') && (has('ehr') || !it.departmentId) ? revenue(db, it) : null,
    has('pharmacy') ? stockAtRisk(db, { until, currency, digits: minorDigits(currency) }) : null,
  ]);

  return {
    from: period.from,
    to: period.to,
    tiles: {
      visits: days && { value: total(days, true), previous: total(days, false) },
      noShows: missed && {
        count: missed.count,
        rate: rate(missed.count, missed.due),
        previousRate: rate(missed.previousCount, missed.previousDue),
      },
      revenue: money && { ...money, currency },
      stockAtRisk: stock && { lots: stock.lots, valueMinor: stock.valueMinor, currency, until },
      waiting: median,
    },
    visitsByDay: (days ?? []).filter(({ current }) => current).map(({ current: _, ...day }) => day),
    stockAtRisk: stock?.items ?? [],
  };
};

const total = (days: readonly { current: boolean; count: number }[], current: boolean): number =>
  days.reduce((sum, day) => sum + (day.current === current ? day.count : 0), 0);

const rate = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((part / whole) * 10_000) / 10_000);
