import type { JsonSchema } from '../openapi.ts';

/** One field of a body or an answer, the outer ones first. */
export interface Field {
  path: string;
  type: string;
  /** The named shape that it is or holds. */
  shape?: string;
  required: boolean;
  limits: string[];
}

const nameOf = (schema: JsonSchema): string | undefined =>
  typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined;
const list = (value: unknown): JsonSchema[] => (Array.isArray(value) ? (value as JsonSchema[]) : []);

/** Null is said by "may be null", not by a type of its own. */
const plain = (schema: JsonSchema): { schema: JsonSchema; nullable: boolean } => {
  const choices = [...list(schema.anyOf), ...list(schema.oneOf)];
  const real = choices.filter(({ type }) => type !== 'null');
  const nullable = real.length < choices.length || (Array.isArray(schema.type) && schema.type.includes('null'));
  return { schema: real.length === 1 ? real[0]! : schema, nullable };
};

const typeOf = (schema: JsonSchema): string => {
  const name = nameOf(schema);
  if (name) return name;
  if (Array.isArray(schema.enum)) return schema.enum.map(String).join(' | ');
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.type === 'array') return `${typeOf(plain((schema.items ?? {}) as JsonSchema).schema)}[]`;
  const choices = [...list(schema.anyOf), ...list(schema.oneOf)].filter(({ type }) => type !== 'null');
  if (choices.length > 0) return [...new Set(choices.map(typeOf))].join(' | ');
  const type =
    [schema.type]
      .flat()
      .filter((it) => it && it !== 'null')
      .join(' | ') || 'any';
  return schema.format && schema.format !== type ? `${type} (${String(schema.format)})` : type;
};

const limitsOf = (schema: JsonSchema): string[] =>
  (
    [
      ['minLength', '≥', true],
      ['maxLength', '≤', true],
      ['minimum', '≥', false],
      ['maximum', '≤', false],
      ['minItems', '≥', true],
      ['maxItems', '≤', true],
    ] as const
  ).flatMap(([key, sign, counted]) => {
    const limit = schema[key];
    // What a format says already, and the widest number there is, tell nobody anything.
    if (typeof limit !== 'number' || Math.abs(limit) >= Number.MAX_SAFE_INTEGER) return [];
    return [`${counted ? '# ' : ''}${sign} ${limit}`];
  });

/** The fields of a shape, nested ones by their path. A named shape is not opened: it has its own place on the page. */
export const fieldsOf = (schema: JsonSchema, path = '', required = true): Field[] => {
  const { schema: it, nullable } = plain(schema);
  const item = it.type === 'array' ? plain((it.items ?? {}) as JsonSchema).schema : it;
  const at = it.type === 'array' && path ? `${path}[]` : path;
  const shape = nameOf(it) ?? nameOf(item);
  const own: Field[] = path
    ? [
        {
          path,
          type: typeOf(it) + (nullable ? ' | null' : ''),
          ...(shape ? { shape } : {}),
          required,
          limits: [...limitsOf(it), ...('default' in it ? [`= ${JSON.stringify(it.default)}`] : [])],
        },
      ]
    : [];
  const inner = Object.entries(item.properties ?? {}).flatMap(([name, property]) =>
    fieldsOf(property, at ? `${at}.${name}` : name, item.required?.includes(name) ?? false),
  );
  if (!path && inner.length === 0)
    return [{ path: '', type: typeOf(it), ...(shape ? { shape } : {}), required, limits: limitsOf(it) }];
  return [...own, ...inner];
};
