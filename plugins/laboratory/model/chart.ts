import { z } from 'zod';
import { Instant, newestOf } from '../../../core/shapes.ts';
import { Names, at, decimal, words } from './parts.ts';
import { Correction } from './results.ts';

/** A line of the record's section `results`: ours with range, corrections and release, and what came from elsewhere. */
export const ChartResult = z
  .strictObject({
    id: z.uuid(),
    resultId: z.uuid().nullable(),
    version: z.int().nullable(),
    status: z.string(),
    code: words,
    display: z.string(),
    names: Names,
    value: words,
    unit: words,
    interpretation: words,
    low: decimal,
    high: decimal,
    effectiveAt: at,
    encounterId: z.uuid().nullable(),
    panel: words,
    panelNames: Names,
    comment: words,
    corrections: z.array(Correction),
    releasedAt: at,
    withheldReason: words,
    release: words,
  })
  .meta({ id: 'LaboratoryChartResult' });
export type ChartResult = z.infer<typeof ChartResult>;
export const ResultsOfRecord = newestOf(ChartResult);

export const Trend = z
  .strictObject({
    code: z.string(),
    display: z.string(),
    unit: words,
    points: z.array(
      z.strictObject({
        value: z.string(),
        at: Instant,
        interpretation: words,
        low: decimal,
        high: decimal,
        corrected: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'LaboratoryTrend' });
export type Trend = z.infer<typeof Trend>;
