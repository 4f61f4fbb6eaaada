import { z, type ZodType } from 'zod';

// Shapes that many answers share. Their formats reach the API document, and from there the interface's types.

/** A time, ISO 8601 with offset. */
export const Instant = z.string().meta({ format: 'date-time' });
/** A calendar day, YYYY-MM-DD. */
export const DateText = z.string().meta({ format: 'date' });

/** All there is. */
export const itemsOf = <T extends ZodType>(item: T) => z.strictObject({ items: z.array(item) });
/** A page of a list, and where the next one begins. */
export const pageOfItems = <T extends ZodType>(item: T) =>
  z.strictObject({ items: z.array(item), next: z.string().optional() });
/** The newest of a section of the record, how many there are, and where the list of the rest begins. */
export const newestOf = <T extends ZodType>(item: T) =>
  z.strictObject({ items: z.array(item), total: z.int(), next: z.string().nullable() });
