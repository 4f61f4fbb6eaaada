import { sql, type Fragment } from '../../../core/database.ts';

/** A deterministic number in [0, 1000) for a row and a purpose. */
export const chance = (column: string, salt: number): Fragment =>
  sql.fragment`((hashtextextended(${sql.identifier(column.split('.'))}::text, ${salt}) & 2147483647) % 1000)::integer`;
