import { isRaw, type Json } from './json.ts';

/** Everything at a path such as `participant.actor`, through lists. */
export const valuesAt = (resource: unknown, path: string): unknown[] =>
  path.split('.').reduce<unknown[]>(
    (found, step) =>
      found.flatMap((each) => {
        const value = typeof each === 'object' && each !== null ? (each as Json)[step] : undefined;
        return value === undefined ? [] : Array.isArray(value) ? (value as unknown[]) : [value];
      }),
    [resource],
  );

/** A copy in which each text under one of these keys is what `change` makes of it. Paths are FHIRPath's. */
export const mapTexts = (
  value: unknown,
  keys: ReadonlySet<string>,
  change: (text: string, path: string) => string,
  path: string,
): unknown => {
  if (typeof value !== 'object' || value === null || isRaw(value)) return value;
  if (Array.isArray(value)) return value.map((each, index) => mapTexts(each, keys, change, `${path}[${index}]`));
  const copy: Json = {};
  for (const [key, each] of Object.entries(value)) {
    const at = `${path}.${key}`;
    copy[key] = typeof each === 'string' ? (keys.has(key) ? change(each, at) : each) : mapTexts(each, keys, change, at);
  }
  return copy;
};
