import { date, dateTime, duration, money, number, percent } from '../format.ts';
import { title } from '../titles.ts';
import type { DateText, Id, ReportColumn, ReportHead, ReportResult } from '../types.ts';
import { datesBetween, type Series } from './series.ts';

export type Group = ReportHead['group'];
export type CellType = ReportColumn['type'];
/** What stands in a cell of the type `patient`. */
export interface PatientCell {
  id: Id;
  name: string;
  recordNumber: string;
}
export type Row = ReportResult['rows'][number];

const numeric: readonly CellType[] = ['count', 'number', 'percent', 'minutes', 'money'];
export const isNumeric = (type: CellType): boolean => numeric.includes(type);

export function cellText(value: unknown, type: CellType): string {
  if (value === null || value === undefined || value === '') return '–';
  switch (type) {
    case 'date':
      return date(value as DateText);
    case 'instant':
      return dateTime(value as string);
    case 'money':
      return money(value as number);
    case 'percent':
      return percent(value as number);
    case 'minutes':
      return duration(Math.round(value as number));
    case 'count':
    case 'number':
      return number(value as number);
    case 'word':
      return title(String(value));
    default:
      return String(value);
  }
}

/** What a cell is ordered by: numbers as numbers, everything else as it reads. */
export function cellOrder(value: unknown, type: CellType): string | number | null {
  if (value === null || value === undefined) return null;
  if (type === 'patient') return (value as PatientCell).name;
  return isNumeric(type) ? (value as number) : String(value);
}

const mostBars = 12;
const oneColour = 'var(--chart-1)';
const mostLines = 6;

/** A line for each value of `by` (the biggest six), over every day from the first to the last that was asked for. */
export function linesOf({ report, values, rows }: ReportResult): { dates: DateText[]; series: Series[] } {
  const { x, y, by } = report.chart!;
  const days = rows.map((row) => String(row[x])).sort();
  const dates = days.length === 0 ? [] : datesBetween(String(values.from ?? days[0]), String(values.to ?? days.at(-1)));
  const at = new Map(dates.map((day, index) => [day, index]));
  const type = report.columns.find((column) => column.name === by)?.type ?? 'text';
  const all = new Map<string, number[]>();
  for (const row of rows) {
    const name = by === null ? title(report.title) : cellText(row[by], type);
    const counts = all.get(name) ?? dates.map(() => 0);
    const index = at.get(String(row[x]));
    if (index !== undefined) counts[index]! += Number(row[y] ?? 0);
    all.set(name, counts);
  }
  const series = sorted([...all].map(([name, counts]) => ({ name, counts }))).slice(0, mostLines);
  return { dates, series: series.map((it, index) => ({ ...it, colour: `var(--chart-${index + 1})` })) };
}

/** The rows with the greatest values; hours keep their order. One colour: the names say which is which. */
export function barsOf({ report, rows }: ReportResult): Series[] {
  const { x, y } = report.chart!;
  const named = rows.map((row) => ({ name: String(row[x] ?? '–'), counts: [Number(row[y] ?? 0)] }));
  const bars = x === 'hour' ? named.map(totalled) : sorted(named).slice(0, mostBars);
  return bars.map((it) => ({ ...it, colour: oneColour }));
}

interface Named {
  name: string;
  counts: number[];
}
const totalled = (it: Named) => ({ ...it, id: it.name, total: it.counts.reduce((sum, count) => sum + count, 0) });
const sorted = (items: Named[]) => items.map(totalled).sort((a, b) => b.total - a.total);
