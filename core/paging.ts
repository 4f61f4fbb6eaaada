import Joi from 'joi';
import { refuse } from './refuse.ts';

/** Query parameters of every list: at most 100 rows a page, and where the page before ended. */
export const pageQuery = { limit: Joi.number().integer().min(1).max(100).default(50), cursor: Joi.string().max(400) };

/** A cursor holds the sort values of the last row shown; it is no secret, but nobody builds one by hand. */
export const writeCursor = (values: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(values)).toString('base64url');

export const readCursor = (cursor: string | undefined, length: number): (string | number)[] | null => {
  if (cursor === undefined) return null;
  try {
    const values = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown;
    if (
      Array.isArray(values) &&
      values.length === length &&
      values.every((value) => ['string', 'number'].includes(typeof value))
    )
      return values as (string | number)[];
  } catch {
    // falls through: whatever is wrong with it, the sentence is the same
  }
  throw refuse('cursor_unusable');
};

/** Ask for `limit + 1` rows; the one too many says that there is a next page. */
export const pageOf = <T>(
  rows: readonly T[],
  limit: number,
  cursorOf: (last: T) => readonly (string | number)[],
): { items: readonly T[]; next?: string } => {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return rows.length > limit && last !== undefined ? { items, next: writeCursor(cursorOf(last)) } : { items };
};
