import { pino } from 'pino';

export type Log = pino.Logger;

/** JSON lines. Callers log ids, codes and counts; never names, bodies, query strings, tokens or SQL values. */
export const openLog = (level: string): Log =>
  pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: errorShape } },
    pino.destination(2),
  );

/** PostgreSQL's `detail` quotes row values, so of a database error only what names the kind is kept. */
const errorShape = (
  error: Error & {
    code?: string;
    constraint?: string;
    cause?: { code?: string; constraint?: string; message?: string };
  },
) => ({
  type: error.name,
  message: error.message.slice(0, 300),
  code: error.code ?? error.cause?.code,
  constraint: error.constraint ?? error.cause?.constraint,
  cause: error.cause?.message?.slice(0, 300),
  stack: error.stack?.split('\n').slice(1, 8).join('\n'),
});
