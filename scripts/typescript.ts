import type { ApiDocument, JsonSchema, Operation } from '../core/openapi.ts';

const formats: Record<string, string> = { uuid: 'Id', date: 'DateText', 'date-time': 'Instant' };
const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** The API document as TypeScript: each named shape, and what each route answers and takes. */
export const typescriptOf = ({ paths, components }: ApiDocument): string => {
  const shapes = Object.entries(components.schemas)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, schema]) => `export type ${name} = ${typeOf(schema)};\n`);
  return `// Made by scripts/types.ts from the API document of all shipped plugins; changes here are lost.

/** Date \`YYYY-MM-DD\`; time, ISO 8601 with offset. */
export type DateText = string;
export type Instant = string;
export type Id = string;

${shapes.join('\n')}
/** What each route answers; undefined where it answers nothing. */
export interface Answers ${byMethod(paths, answerOf)}

/** What each route takes. */
export interface Payloads ${byMethod(paths, payloadOf)}
`;
};

type Schema = JsonSchema & {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  format?: string;
};

const answerOf = ({ responses }: Operation): JsonSchema | null | undefined =>
  responses['204'] ? null : responses['2XX']?.content?.['application/json']?.schema;

const payloadOf = ({ requestBody }: Operation): JsonSchema | undefined =>
  requestBody?.content?.['application/json']?.schema;

const byMethod = (paths: ApiDocument['paths'], schemaOf: (it: Operation) => JsonSchema | null | undefined): string => {
  const routes = (method: string) =>
    Object.entries(paths).flatMap(([path, operations]) => {
      const schema = operations[method] && schemaOf(operations[method]);
      return schema === undefined ? [] : [[path, schema === null ? 'undefined' : typeOf(schema)] as const];
    });
  return block(
    methods.flatMap((method) => {
      const known = routes(method);
      return known.length > 0 ? [[method.toUpperCase(), block(known)] as const] : [];
    }),
  );
};

const block = (members: readonly (readonly [name: string, type: string])[]): string =>
  members.length === 0
    ? '{}'
    : `{\n${members.map(([name, type]) => indent(`${/^\w+\??$/.test(name) ? name : `'${name}'`}: ${type};`)).join('\n')}\n}`;

const indent = (text: string): string => text.replace(/^/gm, '  ');

/** @throws Error for what none of our shapes uses, rather than give it a type that is not true */
const typeOf = (schema: JsonSchema): string => {
  const it = schema as Schema;
  if (it.$ref) return it.$ref.split('/').pop()!;
  if ('const' in it) return literal(it.const);
  if (it.enum) return union(it.enum.map(literal));
  if (Array.isArray(it.type)) return union(it.type.map((type) => typeOf({ ...it, type })));
  switch (it.type) {
    case 'string':
      return formats[it.format ?? ''] ?? 'string';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
    case 'null':
      return it.type;
    case 'array':
      return `${bracketed(it.items ? typeOf(it.items) : 'unknown')}[]`;
    case 'object':
      return objectOf(it);
  }
  const choices = it.anyOf ?? it.oneOf;
  if (choices) return union(choices.map(typeOf));
  if (it.type === undefined) return 'unknown';
  throw new Error(`No type is known for ${JSON.stringify(schema)}.`);
};

const objectOf = ({ properties = {}, required = [], additionalProperties: more }: Schema): string => {
  const members = Object.entries(properties).map(
    ([name, property]) => [required.includes(name) ? name : `${name}?`, typeOf(property)] as const,
  );
  const others = typeof more === 'object' ? typeOf(more) : 'unknown';
  const isOpen = more !== undefined && more !== false;
  if (members.length === 0) return `Record<string, ${isOpen ? others : 'never'}>`;
  return isOpen ? `${block(members)} & Record<string, ${others}>` : block(members);
};

/** Text of one quote, as the rest of the house writes it. */
const literal = (value: unknown): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : String(value);
const union = (types: readonly string[]): string => [...new Set(types)].join(' | ');
const bracketed = (type: string): string => (type.includes(' | ') && !type.startsWith('{') ? `(${type})` : type);
