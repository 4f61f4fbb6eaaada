import { isRaw } from './json.ts';

// R4 2.24.0.1. Each pattern is linear in the length of the text.
const date = /^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/;
const clock = '([01]\\d|2[0-3]):[0-5]\\d:([0-5]\\d|60)(\\.\\d{1,9})?';
const zone = '(Z|[+-]((0\\d|1[0-3]):[0-5]\\d|14:00))';
const dateTime = new RegExp(`^\\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\\d|3[01])(T${clock}${zone})?)?)?$`);
const instant = new RegExp(`^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T${clock}${zone}$`);
const time = new RegExp(`^${clock}$`);

const text = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value);
const integer = (least: number) => (value: unknown) =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= 2147483647;
/** Any text but none at all. What PostgreSQL cannot keep (NUL) is refused. */
const words = (value: unknown) => typeof value === 'string' && value !== '' && !value.includes('\u0000');
const noSpaces = text(/^[^\s\u0000]+$/);
/** The thirtieth of February has the form of a date. */
const exists = (value: string): boolean => {
  const [year = 0, month = 1, day = 1] = value.slice(0, 10).split('-').map(Number);
  return day <= 28 || day <= new Date(Date.UTC(year < 100 ? 2000 + year : year, month, 0)).getUTCDate();
};
const dated = (pattern: RegExp) => (value: unknown) =>
  typeof value === 'string' && pattern.test(value) && exists(value);

/** Whether a JSON value is a value of this primitive type; undefined for types that are not primitive. */
export const primitives: ReadonlyMap<string, (value: unknown) => boolean> = new Map<
  string,
  (value: unknown) => boolean
>([
  ['boolean', (value) => typeof value === 'boolean'],
  ['integer', integer(-2147483648)],
  ['unsignedInt', integer(0)],
  ['positiveInt', integer(1)],
  [
    'decimal',
    (value) => (typeof value === 'number' && Number.isFinite(value)) || (isRaw(value) && value.rawJSON.length <= 100),
  ],
  ['string', words],
  ['markdown', words],
  ['xhtml', words],
  ['code', text(/^[^\s\u0000]+( [^\s\u0000]+)*$/)],
  ['id', text(/^[A-Za-z0-9\-.]{1,64}$/)],
  ['uri', noSpaces],
  ['url', noSpaces],
  ['canonical', noSpaces],
  ['oid', text(/^urn:oid:[0-2](\.(0|[1-9]\d*))+$/)],
  ['uuid', text(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)],
  ['base64Binary', text(/^[\sA-Za-z0-9+/]*[\s=]*$/)],
  ['date', dated(date)],
  ['dateTime', dated(dateTime)],
  ['instant', dated(instant)],
  ['time', text(time)],
]);
