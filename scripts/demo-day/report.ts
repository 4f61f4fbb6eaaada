import type { Day } from './day.ts';
import { latencyOf, type Measured } from './measured.ts';
import { isGood, type Played } from './play.ts';

const pad = (text: string | number, width: number) => String(text).padStart(width);
const wallTime = (day: Day): string =>
  Temporal.Instant.fromEpochMilliseconds(Math.round(day.agenda.now))
    .toZonedDateTimeISO(day.platform.zone)
    .toPlainTime()
    .toString({ smallestUnit: 'minute' });

/** One line that is drawn over on a terminal, and now and then a new one in a log. Gives what ends it. */
export const watch = (day: Day, write: (text: string) => void, isLive: boolean): (() => void) => {
  let before = { at: performance.now(), requests: 0 };
  const draw = () => {
    const now = { at: performance.now(), requests: day.measured.requests };
    const rate = ((now.requests - before.requests) / (now.at - before.at)) * 1000;
    before = now;
    const slow = day.measured
      .byClass()
      .map(([of, { p95 }]) => `${of} ${p95.toFixed(0)}`)
      .join(' · ');
    const line = `${wallTime(day)}  here ${pad(day.here, 3)}  waiting ${pad(day.waiting, 3)}  ${pad(rate.toFixed(0), 4)} requests/s  p95 ms: ${slow}`;
    write(isLive ? `\r\x1b[2K${line}` : `${line}\n`);
  };
  const timer = setInterval(draw, isLive ? 1000 : 15_000);
  return () => {
    clearInterval(timer);
    if (isLive) write('\n');
  };
};

const counted = (title: string, counts: ReadonlyMap<string, number>): string[] =>
  counts.size === 0
    ? []
    : [
        '',
        title,
        ...[...counts].sort(([a], [b]) => a.localeCompare(b)).map(([what, many]) => `${pad(many, 7)}  ${what}`),
      ];

const times = (measured: Measured): string[] => [
  '',
  `${'What was asked'.padEnd(12)}${['requests', 'p50 ms', 'p95 ms', 'max ms'].map((it) => pad(it, 10)).join('')}`,
  ...measured
    .byClass()
    .map(
      ([of, { count, p50, p95, max }]) =>
        `${of.padEnd(14)}${pad(count, 8)}${[p50, p95, max].map((it) => pad(it.toFixed(1), 10)).join('')}`,
    ),
];

const mostShown = 20;

/** What the day was, for whoever reads it in the evening. */
export const tableOf = (played: Played): string => {
  const { measured, seconds, hospitalMinutes, broken, invariants } = played;
  const errors = measured.errors;
  return [
    '',
    `${played.date}: ${(hospitalMinutes / 60).toFixed(1)} hours of the hospital in ${seconds.toFixed(0)} s, ${((hospitalMinutes * 60) / seconds).toFixed(0)} times its speed${played.stoppedEarly ? ', ended early' : ''}.`,
    `${measured.requests} requests, ${(measured.requests / seconds).toFixed(0)} a second: ${played.scenes.join(', ')}.`,
    ...counted('What happened', measured.happened),
    ...counted('What was refused', measured.refusals),
    ...times(measured),
    '',
    errors.length === 0 ? 'No errors.' : `${errors.length} errors:`,
    ...errors.slice(0, mostShown).map((it) => `  ${it}`),
    broken.length === 0
      ? `${invariants} rules of the database hold.`
      : `${broken.length} of ${invariants} rules do not hold:`,
    ...broken.map(({ plugin, rule, rows }) => `  ${plugin}: ${rule} ${JSON.stringify(rows)}`),
  ].join('\n');
};

/** The same for programs: benchmarks keep it. */
export const jsonOf = (played: Played): object => {
  const { measured, ...rest } = played;
  const { happened, refusals, errors, routes, requests } = measured;
  return {
    ...rest,
    good: isGood(played),
    requests,
    happened: Object.fromEntries(happened),
    refusals: Object.fromEntries(refusals),
    errors,
    classes: Object.fromEntries(measured.byClass()),
    routes: Object.fromEntries([...routes].map(([route, list]) => [route, latencyOf(list)])),
  };
};
