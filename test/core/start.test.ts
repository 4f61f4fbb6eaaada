import Joi from 'joi';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ConfigError, readConfig } from '../../core/config.ts';
import { checkPlugins, inOrder, loadPlugins, readHospital } from '../../core/loader.ts';
import { definePlugin } from '../../core/plugin.ts';
import { addRoutes } from '../../core/server.ts';

const test = suite('core: start');
const plugin = (name: string, more = {}) => definePlugin({ name, title: 'core_title', ...more });

const mistakes = (env: Record<string, string>): string[] => {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    return (error as ConfigError).mistakes;
  }
};

test('every wrong setting is named at once', () => {
  const found = mistakes({
    PORT: 'many',
    ORIGIN: 'http://hospital.example',
    OPENWARD_ZONE: 'Berlin',
    OPENWARD_CURRENCY: 'euro',
    OPENWARD_ROLE: 'boss',
    REDIS_URL: 'nonsense',
  });
  for (const name of ['PORT', 'ORIGIN', 'OPENWARD_ZONE', 'OPENWARD_CURRENCY', 'OPENWARD_ROLE', 'REDIS_URL'])
    assert.ok(
      found.some((mistake) => mistake.includes(name)),
      `${name} is not named in ${found.join('; ')}`,
    );
});

test('a wrong plugin, or half a database, hides no other mistake', async () => {
  const named = await readHospital({
    PORT: 'many',
    OPENWARD_PLUGINS: 'auth,nothing',
    DATABASE_URL: 'postgres://a/b',
  }).then(
    () => [],
    (error: ConfigError) => error.mistakes,
  );
  for (const name of ['PORT', 'OPENWARD_PLUGINS', 'DATABASE_PATIENT_URL'])
    assert.ok(
      named.some((mistake) => mistake.includes(name)),
      name,
    );
});

test('a setting of a plugin is checked with core’s, and only while the plugin is on', () => {
  const thing = plugin('thing', {
    settings: { THING_URL: Joi.string().uri({ scheme: ['https'] }), THING_SIZE: Joi.number().default(3) },
  });
  const wrong = { PORT: 'many', THING_URL: 'nonsense' };
  assert.throws(
    () => readConfig(wrong, [thing]),
    (error: ConfigError) => ['PORT', 'THING_URL'].every((name) => error.mistakes.some((it) => it.includes(name))),
  );
  assert.is(mistakes(wrong).length, 1);
  assert.equal(readConfig({ THING_URL: 'https://thing.example' }, [thing]).settings, {
    THING_URL: 'https://thing.example',
    THING_SIZE: 3,
  });
});

test('production needs its databases and secrets, and knows sample values', () => {
  const found = mistakes({
    NODE_ENV: 'production',
    OPENWARD_SESSION_KEY: 'change-me-change-me-change-me-change-me',
    OPENWARD_DEMO: '1',
  });
  for (const name of [
    'DATABASE_URL',
    'DATABASE_PATIENT_URL',
    'OPENWARD_SESSION_KEY',
    'OPENWARD_PASSWORD_PEPPER',
    'OPENWARD_AUDIT_KEY',
    'OPENWARD_DEMO',
  ])
    assert.ok(
      found.some((mistake) => mistake.includes(name)),
      name,
    );
});

test('a part of the database settings is not enough', () => {
  assert.is(mistakes({ DATABASE_URL: 'postgres://app:x@localhost/db' }).length, 1);
  assert.is(
    mistakes({
      DATABASE_URL: 'postgres://app:x@localhost/db',
      DATABASE_PATIENT_URL: 'postgres://patient:x@localhost/db',
    }).length,
    0,
  );
});

test('plugins come after what they need, and a missing one is named', () => {
  const sorted = inOrder([
    plugin('c', { dependencies: ['b'] }),
    plugin('a'),
    plugin('b', { dependencies: ['a'], optional: ['x'] }),
  ]);
  assert.equal(
    sorted.map(({ name }) => name),
    ['a', 'b', 'c'],
  );
  assert.throws(() => inOrder([plugin('b', { dependencies: ['a'] })]), /"b" needs "a", which is switched off/);
  assert.throws(
    () => inOrder([plugin('a', { dependencies: ['b'] }), plugin('b', { dependencies: ['a'] })]),
    /depend on each other/,
  );
});

test('two plugins cannot claim one permission, and none may be granted that nobody declares', () => {
  const permissions = { 'thing:read': 'core_title' };
  assert.throws(
    () => checkPlugins([plugin('a', { permissions }), plugin('b', { permissions })]),
    /both claim thing:read/,
  );
  assert.throws(() => checkPlugins([plugin('a', { roles: { nurse: ['thing:read'] } })]), /which nobody declares/);
});

test('an unknown plugin is named with those that ship', async () => {
  await loadPlugins(['nonsense']).then(
    () => assert.unreachable('loaded'),
    (error: Error) => assert.match(error.message, /"nonsense".*Shipped: /),
  );
});

test('a route without a permission stops the start', () => {
  const bare = { method: 'GET' as const, path: '/api/open', options: {}, handler: () => 'x' };
  const hms = { permissions: new Map([['thing:read', '']]) } as never;
  assert.throws(() => addRoutes({ route: () => {} } as never, hms, 'a', [bare]), /declares no permission/);
  const foreign = { ...bare, options: { auth: { scope: 'thing:write' } } };
  assert.throws(
    () => addRoutes({ route: () => {} } as never, hms, 'a', [foreign]),
    /"thing:write", which nobody declares/,
  );
});
test.run();
