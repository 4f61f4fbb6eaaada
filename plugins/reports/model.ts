import Joi from 'joi';
import { z } from 'zod';
import { day, uuid } from '../../core/routes.ts';
import { DateText } from '../../core/shapes.ts';
import { columnTypes, groups, parameterTypes, type ColumnType } from './definition.ts';

export interface DashboardQuery {
  from?: string;
  to?: string;
  departmentId?: string;
}
export const DashboardQuery = Joi.object<DashboardQuery, true>({ from: day(), to: day(), departmentId: uuid() });

export const VisitsOfDay = z
  .strictObject({
    date: DateText,
    departmentId: z.uuid().nullable(),
    departmentName: z.string().nullable(),
    count: z.int(),
  })
  .meta({ id: 'VisitsOfDay' });
export const LotAtRisk = z
  .strictObject({
    medicationId: z.uuid(),
    display: z.string(),
    lotNumber: z.string(),
    expiresOn: DateText,
    onHand: z.int(),
  })
  .meta({ id: 'LotAtRisk' });

/** Each tile beside the equally long period before. A tile whose plugin is switched off is null. Rates are 0 to 1. */
export const Dashboard = z
  .strictObject({
    from: DateText,
    to: DateText,
    tiles: z.strictObject({
      visits: z.strictObject({ value: z.int(), previous: z.int() }).nullable(),
      noShows: z.strictObject({ count: z.int(), rate: z.number(), previousRate: z.number() }).nullable(),
      revenue: z
        .strictObject({ minor: z.int(), previousMinor: z.int(), currency: z.string(), openMinor: z.int() })
        .nullable(),
      stockAtRisk: z
        .strictObject({ lots: z.int(), valueMinor: z.int(), currency: z.string(), until: DateText })
        .nullable(),
      waiting: z
        .strictObject({ medianMinutes: z.number().nullable(), previousMinutes: z.number().nullable() })
        .nullable(),
    }),
    visitsByDay: z.array(VisitsOfDay),
    stockAtRisk: z.array(LotAtRisk),
  })
  .meta({ id: 'Dashboard' });
export type Dashboard = z.infer<typeof Dashboard>;

export const ReportColumn = z
  .strictObject({ name: z.string(), type: z.enum(Object.keys(columnTypes) as [ColumnType]), title: z.string() })
  .meta({ id: 'ReportColumn' });
/** Titles are message keys. */
export const ReportHead = z
  .strictObject({
    id: z.string(),
    plugin: z.string(),
    title: z.string(),
    about: z.string(),
    group: z.enum(groups),
    ofPatients: z.boolean(),
    parameters: z.array(
      z.strictObject({ name: z.string(), type: z.enum(parameterTypes), default: z.number().nullable() }),
    ),
    columns: z.array(ReportColumn),
    chart: z
      .strictObject({ kind: z.enum(['line', 'bar']), x: z.string(), y: z.string(), by: z.string().nullable() })
      .nullable(),
  })
  .meta({ id: 'ReportHead' });

/** Rows by the columns' names; `values` are the parameters it was run with. */
export const ReportResult = z
  .strictObject({
    report: ReportHead,
    values: z.record(z.string(), z.union([z.string(), z.number()]).nullable()),
    rows: z.array(z.record(z.string(), z.unknown())),
    more: z.boolean(),
  })
  .meta({ id: 'ReportResult' });
export type ReportResult = z.infer<typeof ReportResult>;
