// npm run new-plugin NAME: a plugin that runs, with its own schema, permission, route and a test that passes.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../core/loader.ts';
import { schemaOf } from '../core/plugin.ts';

const name = process.argv[2] ?? '';
if (!/^[a-z][a-z0-9-]{1,30}$/.test(name))
  stop('Give it a name in lower case, with dashes where you need them: npm run new-plugin blood-bank');
if (existsSync(join(root, 'plugins', name))) stop(`plugins/${name} is there already.`);

const schema = schemaOf(name);
const noun = `${schema}_item`;
/** A name that no other plugin gives to a shape. */
const shape = `${name.replace(/(^|-)([a-z0-9])/g, (_, _dash, letter: string) => letter.toUpperCase())}Item`;
const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);

const files: Record<string, string> = {
  [`sql/${name}/${stamp}_first.sql`]: `create table ${schema}.item (
  id uuid primary key default uuidv7(),
  name text not null check (length(name) between 1 and 120),
  created_at timestamptz not null default core.now(),
  constraint ${noun}_name_unique unique (name)
);
select core.keep_history('${schema}.item');
`,
  [`plugins/${name}/index.ts`]: `import { definePlugin } from '../../core/plugin.ts';
import { routes } from './routes.ts';

export default definePlugin({
  name: '${name}',
  title: '${schema}_title',
  dependencies: ['auth'],
  permissions: { '${name}:read': 'permission_${schema}_read', '${name}:write': 'permission_${schema}_write' },
  roles: { admin: ['${name}:read', '${name}:write'] },
  refusals: { ${noun}_name_unique: [409, 'refusal_${noun}_taken'] },
  routes,
});
`,
  [`plugins/${name}/model.ts`]: `import Joi from 'joi';
import { z } from 'zod';
import { text } from '../../core/routes.ts';

export interface NewItem {
  name: string;
}
export const NewItem = Joi.object<NewItem, true>({ name: text(120).required() });

export const Item = z.strictObject({ id: z.uuid(), name: z.string(), version: z.int() }).meta({ id: '${shape}' });
export type Item = z.infer<typeof Item>;
`,
  [`plugins/${name}/queries.ts`]: `import { sql, type Db } from '../../core/database.ts';
import { Item, type NewItem } from './model.ts';

export const listItems = (db: Db, limit: number): Promise<readonly Item[]> =>
  db.any(sql.type(Item)\`
    select id, name, version
    from ${schema}.item
    order by name
    limit \${limit}
  \`);

export const insertItem = (tx: Db, it: NewItem): Promise<Item> =>
  tx.one(sql.type(Item)\`insert into ${schema}.item (name) values (\${it.name}) returning id, name, version\`);
`,
  [`plugins/${name}/routes.ts`]: `import { dbOf, route, versioned } from '../../core/routes.ts';
import { itemsOf } from '../../core/shapes.ts';
import { Item, NewItem } from './model.ts';
import { insertItem, listItems } from './queries.ts';

export const routes = [
  route({
    method: 'GET',
    path: '/api/${name}/items',
    options: { auth: { scope: '${name}:read' }, app: { patientData: false, response: itemsOf(Item) } },
    handler: async (request) => ({ items: await listItems(dbOf(request), 100) }),
  }),
  route<{ Payload: NewItem }>({
    method: 'POST',
    path: '/api/${name}/items',
    options: { auth: { scope: '${name}:write' }, validate: { payload: NewItem }, app: { patientData: false, response: Item } },
    handler: async (request, h) => versioned(h, await insertItem(dbOf(request), request.payload)).code(201),
  }),
];
`,
  [`test/${name}/${name}.test.ts`]: `import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startHms, type TestHms } from '../hms.ts';

const test = suite<{ hms: TestHms }>('${name}');
test.before(async (at) => {
  at.hms = await startHms(['auth', '${name}']);
});
test.after((at) => at.hms?.stop());

test('keeps what it is given, once', async ({ hms }) => {
  const admin = await hms.as('admin');
  assert.is((await admin.post('/api/${name}/items', { name: 'first' })).status, 201);
  assert.is((await admin.post('/api/${name}/items', { name: 'first' })).status, 409);
  assert.equal((await admin.get('/api/${name}/items')).body.items.map((item: { name: string }) => item.name), ['first']);
});
test.run();
`,
};
const words = name.replaceAll('-', ' ');
for (const language of ['en', 'es', 'ar'])
  files[`plugins/${name}/messages/${language}.json`] = `${JSON.stringify(
    {
      $schema: 'https://inlang.com/schema/inlang-message-format',
      [`permission_${schema}_read`]: `${words}: read`,
      [`permission_${schema}_write`]: `${words}: write`,
      [`refusal_${noun}_taken`]: `${words}: this name is taken.`,
      [`${schema}_title`]: words,
    },
    null,
    2,
  )}\n`;

for (const [path, content] of Object.entries(files)) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
  console.log(path);
}
console.log(`\nNext: translate plugins/${name}/messages, npm run docs, then npm test -- ${name}`);

function stop(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
