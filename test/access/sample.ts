/** What joi says of a schema, as far as a sample needs it. */
export interface Described {
  type: string;
  flags?: { presence?: string; only?: boolean };
  allow?: unknown[];
  keys?: Record<string, Described>;
  items?: Described[];
  matches?: { schema?: Described }[];
  metas?: { format?: string }[];
  rules?: { name: string; args?: { limit?: number; options?: { name?: string } } }[];
}

/** Texts that fit a pattern, by its name. */
const patterns: Record<string, string> = {
  'phone number': '+49 30 1234567',
  decimal: '1.00',
  'ISO 4217': 'EUR',
  'HH:MM': '09:00',
  'capital letters, digits, dot, dash': 'SAMPLE-1',
  'capital letters, digits, dashes': 'SAMPLE-1',
  'a share between 0 and 1': '0.1',
};

/** The smallest value that a joi schema lets through; `idOf` gives the ids that its keys name. `plus`: an optional key that is there too. */
export const sampleOf = (it: Described, name: string, idOf: (name: string) => string, plus?: string): unknown => {
  const limit = (rule: string) => it.rules?.find((each) => each.name === rule)?.args?.limit;
  const has = (rule: string) => it.rules?.some((each) => each.name === rule);
  if (it.flags?.only) return it.allow?.find((each) => each !== null);
  if (it.type === 'object')
    return Object.fromEntries(
      Object.entries(it.keys ?? {})
        .filter(([key, { flags }]) => flags?.presence === 'required' || within(key, plus) !== undefined)
        .map(([key, inner]) => [key, sampleOf(inner, key, idOf, within(key, plus))]),
    );
  if (it.type === 'array')
    return (limit('min') ?? 0) > 0 || plus !== undefined
      ? [sampleOf(it.items![0]!, name.replace(/s$/, ''), idOf, plus)]
      : [];
  if (it.type === 'number') return limit('min') ?? 1;
  if (it.type === 'boolean') return true;
  if (it.type === 'alternatives') return sampleOf(it.matches?.[0]?.schema ?? { type: 'string' }, name, idOf);
  if (has('guid')) return idOf(name);
  const format = it.metas?.find((meta) => meta.format)?.format;
  const isEnd = name.startsWith('end');
  if (format === 'date') return '2026-03-02';
  if (format === 'date-time') return isEnd ? '2026-03-02T10:30:00Z' : '2026-03-02T10:00:00Z';
  if (has('email')) return 'somebody@hospital.example';
  const pattern = it.rules?.map((rule) => patterns[rule.args?.options?.name ?? '']).find((each) => each !== undefined);
  if (pattern === '09:00' && isEnd) return '17:00';
  return pattern ?? 'sample text that is long enough';
};

/** What is left of a path below this key; undefined when it does not lead there. */
const within = (key: string, path: string | undefined): string | undefined =>
  path === key ? '' : path?.startsWith(`${key}.`) ? path.slice(key.length + 1) : undefined;

/** Paths of the ids that may be left out. */
export const optionalIds = (it: Described, path: readonly string[] = [], isOptional = false): string[] => {
  if (it.type === 'object')
    return Object.entries(it.keys ?? {}).flatMap(([key, inner]) =>
      optionalIds(inner, [...path, key], isOptional || inner.flags?.presence !== 'required'),
    );
  if (it.type === 'array') return (it.items ?? []).flatMap((item) => optionalIds(item, path, true));
  return isOptional && it.rules?.some(({ name }) => name === 'guid') ? [path.join('.')] : [];
};
