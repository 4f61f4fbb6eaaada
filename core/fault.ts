import { relative } from 'node:path';
import { causeOf } from './database.ts';
import { root } from './loader.ts';
import { Refusal } from './refuse.ts';

/**
 * An error as it may stand on a screen and in a row: its kind and where in our code it arose. Never its message, which may
 * quote a name or a value; the log has that.
 */
export const faultOf = (error: unknown): string => {
  const place = placeOf(error);
  return kindOf(error) + (place ? ` · ${place}` : '');
};

const kindOf = (error: unknown): string => {
  if (error instanceof Refusal) return `refused: ${error.refusal}`;
  const { code, constraint } = causeOf(error);
  if (code) return `${/^E[A-Z]/.test(code) ? code : `SQLSTATE ${code}`}${constraint ? ` ${constraint}` : ''}`;
  return error instanceof Error ? error.constructor.name : typeof error;
};

/** The first line of the stack that is a file of ours or of a plugin from outside. */
const placeOf = (error: unknown): string | undefined => {
  const lines = (error instanceof Error ? error.stack : undefined)?.split('\n').filter((line) => /^\s+at /.test(line));
  for (const line of lines ?? []) {
    const [, file, number] = /(?:file:\/\/)(\/[^)]+?):(\d+):\d+\)?$/.exec(line) ?? [];
    if (file && !file.includes('/node_modules/') && !file.endsWith('/core/database.ts'))
      return `${relative(root, file)}:${number}`;
  }
  return undefined;
};
