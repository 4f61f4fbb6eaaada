import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { root, shipped } from '../../core/loader.ts';
import { hasMessage } from '../../core/messages.ts';
import { shapeOf, type ApiDocument } from '../../core/openapi.ts';
import { startHms, type TestHms } from '../hms.ts';

const test = suite<{ hms: TestHms }>('core: catalogue');
test.before(async (at) => {
  at.hms = await startHms(shipped());
});
test.after((at) => at.hms?.stop());

const Names = z.object({ name: z.string() });
const ours = sql.fragment`n.nspname not in ('pg_catalog', 'information_schema', 'public', 'bullmq', 'core') and n.nspname not like 'pg\\_%'`;

test('every table with patient data is locked for the role patient', async ({ hms }) => {
  const open = await hms.db.anyFirst(sql.type(Names)`
    select n.nspname || '.' || c.relname as name
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'patient_id' and not a.attisdropped
    where c.relkind in ('r', 'p') and not c.relispartition and ${ours}
      and not (c.relrowsecurity and c.relforcerowsecurity and (select count(*) from pg_policy p where p.polrelid = c.oid) = 3)
    order by 1
  `);
  assert.equal(open, []);
});

test('a table that refers to a patient says so in patient_id', async ({ hms }) => {
  const unbound = await hms.db.anyFirst(sql.type(Names)`
    select c.conrelid::regclass::text || ' (' || a.attname || ')' as name
    from pg_constraint c
    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    where c.contype = 'f' and c.confrelid = 'patients.patient'::regclass
      and not exists (select from pg_attribute own where own.attrelid = c.conrelid and own.attname = 'patient_id')
    order by 1
  `);
  assert.equal(unbound, []);
});

test('app owns nothing and cannot change what is append-only; patient can write nothing but outbox and audit', async ({
  hms,
}) => {
  const owned = await hms.db.anyFirst(
    sql.type(Names)`select relname::text as name from pg_class where relowner::regrole::text in ('app', 'patient')`,
  );
  assert.equal(owned, []);
  const writable = await hms.db.anyFirst(sql.type(Names)`
    select distinct table_schema || '.' || table_name as name from information_schema.role_table_grants
    where grantee = 'patient' and privilege_type in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE') order by 1
  `);
  assert.equal(writable, ['core.audit', 'core.outbox']);
  const powerful = await hms.db.anyFirst(sql.type(Names)`
    select rolname::text as name from pg_roles
    where rolname in ('app', 'patient') and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)
  `);
  assert.equal(powerful, [], 'neither is more than a login');
  const members = await hms.db.anyFirst(sql.type(Names)`
    select m.roleid::regrole::text as name from pg_auth_members m where m.member::regrole::text in ('app', 'patient')
  `);
  assert.equal(members, [], 'nor does one become another');
  const views = await hms.db.anyFirst(sql.type(Names)`
    select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'v' and n.nspname not in ('pg_catalog', 'information_schema', 'bullmq')
      and not coalesce(c.reloptions @> '{security_invoker=true}', false)
      and has_table_privilege('patient', c.oid, 'select')
    order by 1
  `);
  assert.equal(views, [], 'a view shows what its reader sees, not its owner');
});

const template = String.raw`\`((?:\\.|\$\{(?:[^{}\`]|\`[^\`]*\`|\{[^{}]*\})*\}|[^\`\\])*)\``;

/** Statements with their text: template literals behind sql.type(…), sql.unsafe and sql.fragment, with the named fragments of their file put in. */
const statementsOf = (source: string): string[] => {
  const named = new Map(
    [
      ...source.matchAll(
        new RegExp(String.raw`const (\w+) = (?:\([^()]*\)(?:: \w+)? =>\s*)?sql\.fragment${template}`, 'g'),
      ),
    ].map(([, name, text]) => [name, text ?? '']),
  );
  const whole = (text: string): string =>
    text.replace(/\$\{(\w+)(?:\([^(){}]*\))?\}/g, (hole, name: string) => named.get(name) ?? hole);
  return [...source.matchAll(new RegExp(String.raw`sql\.(?:type\([^\`]*?\)|unsafe|fragment)${template}`, 'g'))].map(
    ([, text]) => whole(text ?? ''),
  );
};
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));

/** Not asked by a person: events act on what a change gave them, demos and invariants run as owner; fhir puts maySee around its columns. */
const notAsked = /\/(demo|events|invariants|jobs|fhir|record)(\.ts$|\/)/;

test('every query over patient tables asks maySee', async ({ hms }) => {
  const tables = await hms.db.anyFirst(sql.type(Names)`
    select n.nspname || '.' || c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
    where a.attname = 'patient_id' and c.relkind in ('r', 'p') and ${ours} and n.nspname not in ('auth', 'fhir')
  `);
  const touches = new RegExp(
    `(?:from|join|update|delete from)\\s+(?:${tables.map((name) => name.replace('.', '\\.')).join('|')})\\b`,
  );
  const bare = filesIn(join(root, 'plugins'))
    .filter((file) => !notAsked.test(file))
    .flatMap((file) => {
      const source = readFileSync(file, 'utf8');
      return statementsOf(source)
        .filter(
          (statement) =>
            touches.test(statement) &&
            /^\s*(?:--.*\n\s*)?(select|update|delete|with)/.test(statement) &&
            !/maySee/.test(statement),
        )
        .filter(
          (statement) =>
            !/-- (no person asks|held by its parent|shows no patient)/.test(statement) && /\bwhere\b/.test(statement),
        )
        .map((statement) => `${file.slice(root.length + 1)}: ${statement.trim().replace(/\s+/g, ' ').slice(0, 140)}`);
    });
  assert.equal(bare, []);
});

test('every sentence that plugins name is there, in three languages', ({ hms }) => {
  const keys = hms.hms.plugins.flatMap((plugin) => [
    plugin.title,
    ...Object.values(plugin.permissions ?? {}),
    ...Object.values(plugin.refusals ?? {}).map(([, key]) => key),
    ...(plugin.navigation ?? []).flatMap((item) => [item.title, ...(item.group ? [item.group] : [])]),
  ]);
  assert.equal(
    [...new Set(keys)].filter((key) => !hasMessage(key)),
    [],
  );
  assert.equal(
    Object.values(hms.hms.refusals)
      .map(([, key]) => key)
      .filter((key) => !hasMessage(key)),
    [],
  );
});

test('every route under /api says what it answers, or that it answers nothing', ({ hms }) => {
  const silent = hms.hms.server
    .table()
    .filter((route) => route.path.startsWith('/api/') && shapeOf(route) === undefined && !route.settings.app?.file)
    .map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  assert.equal(silent, []);
});

test('every route under /api says in one sentence what it is for', ({ hms }) => {
  const silent = hms.hms.server
    .table()
    .filter(({ path, settings }) => path.startsWith('/api/') && !settings.app?.summary)
    .map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  assert.equal(silent, []);
});

test('the API document has each named shape once, and no reference leads nowhere', async ({ hms }) => {
  const { status, body } = await hms.anonymous.get('/api/openapi.json');
  assert.is(status, 200);
  const named = Object.keys((body as { components: { schemas: object } }).components.schemas);
  const referred = [...JSON.stringify(body).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name!);
  assert.ok(named.includes('PatientRecord') && named.includes('Invoice'), named.join());
  assert.equal(
    [...new Set(referred)].filter((name) => !named.includes(name)),
    [],
  );
  assert.not.match(JSON.stringify(body), /\$defs/);
});

test('the API document asks for what the routes take: a plain name, the version to be changed', async ({ hms }) => {
  const { body } = await hms.anonymous.get('/api/openapi.json');
  const { put } = (body as ApiDocument).paths['/api/patients/{id}']!;
  const { familyName } = put!.requestBody!.content!['application/json']!.schema.properties!;
  assert.match('Muster', new RegExp(String(familyName!.pattern)));
  const headersOf = (path: string, method: string) =>
    ((body as ApiDocument).paths[path]![method]!.parameters as { name: string; in: string; required: boolean }[])
      .filter((each) => each.in === 'header')
      .map(({ name, required }) => `${name} ${required ? 'required' : 'optional'}`);
  assert.equal(headersOf('/api/patients/{id}', 'put'), ['If-Match required']);
  assert.equal(headersOf('/api/encounters/{id}/note', 'put'), ['If-Match optional']);
  assert.equal(headersOf('/api/appointments/{id}/cancel', 'post'), ['If-Match required']);
  assert.equal(headersOf('/api/prices/{code}', 'put'), []);
});

/** Whether a schema has somewhere in it what only a patient has. */
const showsPatient = (document: ApiDocument, schema: unknown, seen = new Set<string>()): boolean => {
  if (typeof schema !== 'object' || schema === null) return false;
  const { $ref, properties } = schema as { $ref?: string; properties?: object };
  if ($ref) {
    if (seen.has($ref)) return false;
    seen.add($ref);
    return showsPatient(document, document.components.schemas[$ref.split('/').at(-1) ?? ''], seen);
  }
  return (
    Object.keys(properties ?? {}).some((name) =>
      ['patientId', 'patient', 'recordNumber', 'birthDate'].includes(name),
    ) || Object.values(schema).some((each) => showsPatient(document, each, seen))
  );
};

test('every route that shows a patient says so, and so is audited', async ({ hms }) => {
  const document = (await hms.anonymous.get('/api/openapi.json')).body as ApiDocument;
  const silent = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, it]) => !it['x-patient-data'] && showsPatient(document, it.responses['2XX']))
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  );
  assert.equal(silent, []);
});

test('every rule of the hospital holds in an empty hospital', async ({ hms }) => {
  for (const plugin of hms.hms.plugins)
    for (const [rule, query] of Object.entries(plugin.invariants ?? {}))
      assert.equal(await hms.db.any(query), [], `${plugin.name}: ${rule}`);
});
test.run();
