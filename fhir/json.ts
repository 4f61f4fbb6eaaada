// Decimals keep their written form: 7.00 comes back as 7.00 (R4 2.24.0.1: the precision of a decimal is significant).

declare global {
  interface JSON {
    rawJSON(text: string): RawNumber;
    isRawJSON(value: unknown): value is RawNumber;
  }
}
export interface RawNumber {
  readonly rawJSON: string;
}

export type Json = Record<string, unknown>;

export const isRaw = (value: unknown): value is RawNumber => JSON.isRawJSON(value);

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

const keepWritten: Reviver = (_key, value, { source }) =>
  typeof value === 'number' && source !== undefined && String(value) !== source ? JSON.rawJSON(source) : value;

/** Numbers that JavaScript would write differently stay as written. @throws SyntaxError */
export const parseJson = (text: string): unknown =>
  JSON.parse(text, keepWritten as unknown as (this: unknown, key: string, value: unknown) => unknown);

/** The same with plain numbers, for code that counts with them. */
export const plain = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null) return value;
  if (isRaw(value)) return Number(value.rawJSON) as T;
  if (Array.isArray(value)) return value.map(plain) as T;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)])) as T;
};

/** A numeric column for a FHIR decimal, written as PostgreSQL wrote it. Undefined for null, so the element is left out. */
export function decimal(text: string): number;
export function decimal(text: string | null): number | undefined;
export function decimal(text: string | null): number | undefined {
  return text === null ? undefined : (JSON.rawJSON(text) as unknown as number);
}

/** One text for equal values, whatever the order of keys. */
export const canonical = (value: unknown): string => {
  if (typeof value !== 'object' || value === null || isRaw(value)) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`)
    .join()}}`;
};
