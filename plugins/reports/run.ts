import { hospitalNow } from '../../core/clock.ts';
import { causeOf, sql, type Db } from '../../core/database.ts';
import { refuse } from '../../core/refuse.ts';
import { queryOf, type Report, type Values } from './definition.ts';
import { minorDigits } from './money.ts';
import { dayOf, periodOf } from './period.ts';

export type Row = Record<string, unknown>;
export interface Place {
  zone: string;
  currency: string;
}

/** What was asked, with what was left out filled in: a department stays open, a day counts from today. */
export const valuesOf = async (db: Db, report: Report, asked: Values, { zone, currency }: Place): Promise<Values> => {
  const today = dayOf(await hospitalNow(db), zone);
  const day = (days: number) => Temporal.PlainDate.from(today).add({ days }).toString();
  const given = Object.fromEntries(
    report.parameters.map(({ name, type, default: usual }) => [
      name,
      asked[name] ?? (usual === null ? null : type === 'date' ? day(usual) : usual),
    ]),
  );
  const bounded =
    typeof given.from === 'string' && typeof given.to === 'string'
      ? periodOf({ from: given.from, to: given.to }, today, zone)
      : { begins: null, ends: null };
  return { ...given, zone, currency, digits: minorDigits(currency), today, begins: bounded.begins, ends: bounded.ends };
};

/**
 * Reads and cannot write, within the time that the connections for reports give a statement.
 * @throws refusals period_unusable, report_takes_too_long
 */
export const runReport = async (db: Db, report: Report, values: Values, limit: number): Promise<readonly Row[]> => {
  try {
    return await db.transaction(async (tx) => {
      await tx.query(sql.unsafe`set transaction read only`);
      return (await tx.any(queryOf(report, tx, values, limit))) as readonly Row[];
    });
  } catch (error) {
    throw causeOf(error).code === '57014' ? refuse('report_takes_too_long') : error;
  }
};
