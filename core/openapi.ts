import { isDeepStrictEqual } from 'node:util';
import type { RequestRoute, Server } from '@hapi/hapi';
import joiToJson from 'joi-to-json';
import type { Schema } from 'joi';
import { z, type ZodType } from 'zod';

export interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  required?: string[];
  [key: string]: unknown;
}
interface Body {
  content?: { 'application/json'?: { schema: JsonSchema }; [mediaType: string]: { schema: JsonSchema } | undefined };
}
export interface Operation {
  requestBody?: Body & { required: boolean };
  responses: Record<string, Body & { description: string }>;
  [key: string]: unknown;
}
export interface ApiDocument {
  openapi: string;
  /** Path → method → what it takes and gives. */
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema>; [key: string]: unknown };
  [key: string]: unknown;
}

/** The API document of the running server: what the enabled plugins add, and nothing else. OpenAPI 3.1. */
export const openApi = (server: Server, { title, version }: { title: string; version: string }): ApiDocument => {
  const paths: ApiDocument['paths'] = {};
  const schemas: ApiDocument['components']['schemas'] = { Problem: problem };
  const routes = server
    .table()
    .filter((route) => route.path.startsWith('/api/') || route.path.startsWith('/health') || route.path === '/metrics');
  for (const route of routes.sort((a, b) => a.path.localeCompare(b.path))) {
    const path = route.path.replaceAll('?}', '}').replace(/\*\d*}/g, '}');
    (paths[path] ??= {})[route.method] = operation(route, schemas);
  }
  return {
    openapi: '3.1.0',
    info: { title, version },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas,
    },
  };
};

/** What the route answers; null: nothing, undefined: it does not say. */
export const shapeOf = (route: RequestRoute): ZodType | null | undefined => {
  const response = route.settings.app?.response;
  return typeof response === 'function' ? response([]) : response;
};

/** What a caller needs: `public`, `signed-in` or the permission. */
export const accessOf = (route: RequestRoute): string => {
  const scopes = route.settings.auth?.access?.flatMap(({ scope }) => (scope ? (scope.selection ?? []) : [])) ?? [];
  return scopes.length > 0 ? scopes.join(' ') : (route.settings.app?.access ?? 'public');
};

const problem = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'requestId'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'code', 'message'],
        properties: { path: { type: 'string' }, code: { type: 'string' }, message: { type: 'string' } },
      },
    },
    requestId: { type: 'string' },
  },
};

/** The package is CommonJS: its function is the default of the default where types say otherwise. */
const parse = joiToJson as unknown as (schema: Schema, form: string) => unknown;

const joiSchema = (schema: unknown): JsonSchema | undefined =>
  schema && typeof (schema as Schema).describe === 'function'
    ? (parse(schema as Schema, 'open-api-3.1') as JsonSchema)
    : undefined;

/** A named shape stands in the document once, and is referred to. @throws Error when two shapes bear one name */
const answerSchema = (shape: ZodType, schemas: ApiDocument['components']['schemas']): JsonSchema => {
  const written = JSON.stringify(z.toJSONSchema(shape, { io: 'output', unrepresentable: 'any' }));
  const {
    $schema: _,
    $defs = {},
    ...schema
  } = JSON.parse(written.replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema & {
    $defs?: Record<string, JsonSchema>;
  };
  for (const [name, named] of Object.entries($defs)) {
    if (schemas[name] && !isDeepStrictEqual(schemas[name], named))
      throw new Error(`Two shapes are called "${name}"; a name stands for one.`);
    schemas[name] = named;
  }
  return schema;
};

const operation = (route: RequestRoute, schemas: ApiDocument['components']['schemas']): Operation => {
  const { settings } = route;
  const validate = settings.validate ?? {};
  const parameters = [
    ...inPath(route.path, joiSchema(validate.params)),
    ...parametersOf(joiSchema(validate.query), 'query'),
    ...(settings.app?.idempotent
      ? [
          {
            name: 'Idempotency-Key',
            in: 'header',
            required: settings.app.idempotent === 'required',
            schema: { type: 'string' },
          },
        ]
      : []),
    ...(settings.app?.versioned ? [version(settings.app.versioned)] : []),
  ];
  const payload = joiSchema(validate.payload);
  const shape = shapeOf(route);
  const answer = shape && answerSchema(shape, schemas);
  const { file } = settings.app ?? {};
  return {
    operationId: `${route.method} ${route.path}`,
    ...(settings.app?.summary ? { summary: settings.app.summary } : {}),
    'x-plugin': settings.app?.plugin ?? 'core',
    'x-permission': accessOf(route),
    ...(settings.app?.patients ? { 'x-patients': true } : {}),
    'x-patient-data': settings.app?.patientData ?? false,
    ...(accessOf(route) === 'public' ? {} : { security: [{ bearer: [] }] }),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(payload ? { requestBody: { required: true, content: { 'application/json': { schema: payload } } } } : {}),
    responses: {
      ...(shape === null
        ? { '204': { description: 'Done' } }
        : {
            '2XX': {
              description: 'The answer',
              ...(answer ? { content: { 'application/json': { schema: answer } } } : {}),
              ...(file ? { content: { [file]: { schema: { type: 'string' } } } } : {}),
            },
          }),
      default: {
        description: 'A problem',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
};

const version = (versioned: true | 'if-there') => ({
  name: 'If-Match',
  in: 'header',
  required: versioned === true,
  description:
    versioned === true
      ? 'The version that is to be changed, such as W/"3"; 428 without it.'
      : 'The version that is to be changed, such as W/"3"; 428 without it when there is one already.',
  schema: { type: 'string', pattern: '^(W/)?"\\d{1,9}"$' },
});

const inPath = (path: string, schema: JsonSchema | undefined) =>
  [...path.matchAll(/\{(\w+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: schema?.properties?.[name] ?? { type: 'string' },
  }));

const parametersOf = (schema: JsonSchema | undefined, place: string) =>
  Object.entries(schema?.properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: schema?.required?.includes(name) ?? false,
    schema: property,
  }));
