import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import Joi from 'joi';
import { z, type ZodType } from 'zod';
import { definePlugin, type Plugin } from '../../core/plugin.ts';
import { day, instant, route, uuid } from '../../core/routes.ts';
import { addRoutes, apiDocument } from '../../core/server.ts';
import { DateText, Instant, pageOfItems } from '../../core/shapes.ts';
import { typescriptOf } from '../../scripts/typescript.ts';
import { startHms, type TestHms } from '../hms.ts';

const test = suite<{ hms: TestHms }>('core: answers and their shapes');
test.before(async (at) => {
  at.hms = await startHms(['auth']);
});
test.after((at) => at.hms?.stop());

const Thing = z.strictObject({ id: z.int(), tags: z.array(z.strictObject({ name: z.string().nullable() })) });
const cases: Record<string, { response?: ZodType | null; answer: unknown; says?: RegExp }> = {
  right: { response: Thing, answer: { id: 1, tags: [{ name: null }] } },
  'right-text': { response: Thing, answer: '{"id":1,"tags":[]}' },
  nothing: { response: null, answer: null },
  missing: { response: Thing, answer: { id: 1 }, says: /tags/ },
  'other-type': { response: Thing, answer: { id: 1, tags: [{ name: 7 }] }, says: /tags\.0\.name/ },
  'more-than-said': { response: Thing, answer: { id: 1, tags: [], colour: 'red' }, says: /colour/ },
  'more-than-a-loose-shape-says': {
    response: z.object({ id: z.int() }),
    answer: { id: 1, colour: 'red' },
    says: /declare/,
  },
  'something-instead-of-nothing': { response: null, answer: { id: 1 }, says: /answers nothing/ },
  silent: { answer: { id: 1 }, says: /says neither/ },
};

test('an answer that is not its shape fails the test that asked, and says where', async ({ hms }) => {
  const routes = Object.entries(cases).map(([name, { response, answer }]) =>
    route({
      method: 'GET',
      path: `/api/try/${name}`,
      options: {
        auth: false,
        app: { access: 'public', patientData: false, ...(response === undefined ? {} : { response }) },
      },
      handler: (_request, h) => h.response(answer as object).type('application/json'),
    }),
  );
  addRoutes(hms.hms.server, hms.hms, 'test', routes);
  for (const [name, { answer, says }] of Object.entries(cases)) {
    const { status, body } = await hms.anonymous.get(`/api/try/${name}`);
    assert.is(status, says ? 500 : answer === null ? 204 : 200, `${name}: ${JSON.stringify(body)}`);
    if (says) assert.match((body as { detail: string }).detail, says, name);
  }
});

const sample = (shapes: { one: ZodType; other: ZodType }): Plugin =>
  definePlugin({
    name: 'sample',
    title: 'core_title',
    record: { things: { permission: 'x', response: pageOfItems(shapes.one), query: () => ({}) as never } },
    routes: [
      route({
        method: 'GET',
        path: '/api/things',
        options: { auth: false, app: { access: 'public', patientData: false, response: pageOfItems(shapes.one) } },
        handler: () => null,
      }),
      route({
        method: 'PUT',
        path: '/api/things/{id}',
        options: {
          auth: false,
          validate: {
            payload: Joi.object({
              on: day().allow(null).required(),
              at: instant(),
              of: uuid().required(),
              kind: Joi.string().valid('a', 'b').required(),
              count: Joi.number().integer(),
            }).or('at', 'count'),
          },
          app: { access: 'public', patientData: false, response: shapes.other },
        },
        handler: () => null,
      }),
      route({
        method: 'DELETE',
        path: '/api/things/{id}',
        options: { auth: false, app: { access: 'public', patientData: false, response: null } },
        handler: () => null,
      }),
      route({
        method: 'GET',
        path: '/api/whole',
        options: {
          auth: false,
          app: {
            patientData: false,
            access: 'public',
            response: (plugins) =>
              z.strictObject(
                Object.assign({}, ...plugins.map((it) => ({ things: it.record!.things!.response.optional() }))),
              ),
          },
        },
        handler: () => null,
      }),
    ],
  });

const One = z
  .strictObject({
    id: z.uuid(),
    on: DateText.nullable(),
    at: Instant,
    kind: z.enum(['a', "it's"]),
    price: z.string().nullish(),
    parts: z.array(z.enum(['x', 'y']).nullable()),
    loose: z.record(z.string(), z.number()),
    either: z.union([z.literal(1), z.boolean()]),
  })
  .meta({ id: 'One' });

const typesOf = (plugin: Plugin): string => typescriptOf(apiDocument([plugin] as never, '1')).replace(/\s+/g, ' ');

test("the interface's types say what the shapes say", () => {
  const text = typesOf(sample({ one: One, other: One }));
  for (const part of [
    "export type One = { id: Id; on: DateText | null; at: Instant; kind: 'a' | 'it\\'s'; price?: string | null; parts: ('x' | 'y' | null)[]; loose: Record<string, number>; either: 1 | boolean; };",
    "'/api/things': { items: One[]; next?: string; };",
    "'/api/whole': { things?: { items: One[]; next?: string; }; };",
    "PUT: { '/api/things/{id}': One; };",
    "DELETE: { '/api/things/{id}': undefined; };",
    "PUT: { '/api/things/{id}': { on: DateText | null; at?: Instant; of: Id; kind: 'a' | 'b'; count?: number; }; };",
  ])
    assert.ok(text.includes(part), `${part}\nis not in\n${text}`);
});

test('two shapes of one name are refused', () => {
  const other = z.strictObject({ id: z.int() }).meta({ id: 'One' });
  assert.throws(() => typesOf(sample({ one: One, other })), /Two shapes are called "One"/);
});
test.run();
