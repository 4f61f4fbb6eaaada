import Hapi, { type RouteOptions } from '@hapi/hapi';
import Joi from 'joi';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { coreSettings, type ConfigError, readConfig } from '../../core/config.ts';
import { checkPlugins, inOrder, loadPlugins, readHospital, shipped } from '../../core/loader.ts';
import { definePlugin } from '../../core/plugin.ts';
import { addRoutes, checkRoutes } from '../../core/server.ts';

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
    'ORIGIN',
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

const inProduction = {
  NODE_ENV: 'production',
  ORIGIN: 'https://hospital.example',
  DATABASE_URL: 'postgres://app:drift-wood-41@db.internal/openward',
  DATABASE_PATIENT_URL: 'postgres://patient:copper-kite-72@db.internal/openward',
  OPENWARD_SESSION_KEY: 'b1f0c9e47a5d42d8a3c6f1e09d7b58e2',
  OPENWARD_PASSWORD_PEPPER: 'c2e1d0f58b6e53e9b4d702f10e8c69f3',
  OPENWARD_AUDIT_KEY: 'd3f2e1069c7f64fac5e81302f19d7a04',
};

test('in production each secret must be there, long enough, of one’s own and like no other', () => {
  assert.equal(mistakes(inProduction), []);
  const names = ['OPENWARD_SESSION_KEY', 'OPENWARD_PASSWORD_PEPPER', 'OPENWARD_AUDIT_KEY'] as const;
  const bad = {
    missing: '',
    short: 'b1f0c9e47a5d42d8a3c6f1e09d7b58e',
    sample: 'change-me-change-me-change-me-change-me',
    'of the development': 'openward-development-pepper-is-no-secret',
    'one letter': 'a'.repeat(40),
    'two letters': 'ab'.repeat(20),
  };
  for (const name of names)
    for (const [fault, value] of Object.entries(bad)) {
      const found = mistakes({ ...inProduction, [name]: value });
      assert.is(found.length, 1, `${name}, ${fault}`);
      assert.match(found[0]!, name);
      if (value) assert.not.match(found[0]!, value, 'the value is not repeated');
    }
  const [one] = names;
  assert.is(
    mistakes({ ...inProduction, OPENWARD_AUDIT_KEY: inProduction[one] }).length,
    1,
    'one secret for two things',
  );
  assert.match(mistakes({ ...inProduction, ORIGIN: 'http://hospital.example' })[0]!, 'https');
});

test('in production the links to databases carry passwords that are no samples, each its own', () => {
  const link = (name: string, password: string) =>
    mistakes({ ...inProduction, [name]: `postgres://app:${password}@db.internal/openward` });
  for (const name of ['DATABASE_URL', 'DATABASE_PATIENT_URL', 'DATABASE_OWNER_URL'])
    for (const password of ['', 'short', 'aaaaaaaaaaaaaaaa', 'change-me-change-me']) {
      const [found, ...more] = link(name, password);
      assert.equal(more, [], `${name}: ${password}`);
      assert.match(found!, `"${name}" needs a password`);
    }
  assert.match(link('DATABASE_PATIENT_URL', 'drift-wood-41')[0]!, 'each have a password of its own');
  const redis = (password: string) => mistakes({ ...inProduction, REDIS_URL: `redis://:${password}@cache.internal` });
  assert.equal([redis('').length, redis('short').length, redis('quiet-lantern-9').length], [1, 1, 0]);
  assert.equal(mistakes({ DATABASE_URL: 'postgres://app:x@db/x', DATABASE_PATIENT_URL: 'postgres://p:x@db/x' }), []);
});

test('keys that others give, or that need not be there, are no samples either', async () => {
  const plugins = await loadPlugins(shipped());
  const found = (name: string, value: string): string[] => {
    try {
      readConfig({ ...inProduction, [name]: value }, plugins);
      return [];
    } catch (error) {
      return (error as ConfigError).mistakes.filter((mistake) => mistake.includes(name));
    }
  };
  const names = [
    'OPENWARD_METRICS_TOKEN', 'OPENWARD_LAB_FHIR_TOKEN', 'OPENWARD_PAYER_TOKEN', 'OPENWARD_SMS_TOKEN',
    'OPENWARD_SMS_REPORT_KEY', 'OPENWARD_PAYMENT_KEY', 'OPENWARD_PAYMENT_CALLBACK_KEY', 'OPENWARD_TELEHEALTH_KEY',
  ]; // prettier-ignore
  for (const name of names) {
    for (const value of ['short', 'change-me-change-me-change-me-change-me', 'ab'.repeat(20)])
      assert.is(found(name, value).length, 1, `${name}: ${value}`);
    assert.equal(found(name, 'f5b4e3028e9f86abc7d50413a2ae8b16'), [], name);
    assert.is(found(name, inProduction.OPENWARD_AUDIT_KEY).length, 1, `${name} is another’s`);
  }
});

test('the audit is no setting: nothing there switches it off', () => {
  const about = coreSettings().filter((name) => /AUDIT|LOG/.test(name));
  assert.equal(about.sort(), ['LOG_LEVEL', 'OPENWARD_AUDIT_HEADS', 'OPENWARD_AUDIT_KEY']);
});

test('limits, proxies, keys from before and times of a session are checked, and only shorten what is the rule', async () => {
  const plugins = await loadPlugins(['auth']);
  const wrong = (env: Record<string, string>): string[] => {
    try {
      readConfig({ ...inProduction, ...env }, plugins);
      return [];
    } catch (error) {
      return (error as ConfigError).mistakes;
    }
  };
  const good = {
    OPENWARD_LIMITS: 'write=100, search=20',
    OPENWARD_TRUSTED_PROXIES: '10.0.0.4, 10.1.0.0/16, 2001:db8::/32',
    OPENWARD_SESSION_KEYS_BEFORE: 'e4a3f2178d8075abd6f92413a2ae8b15',
    OPENWARD_IDLE_MINUTES: '5',
  };
  assert.equal(wrong(good), []);
  const { limits } = readConfig({ ...inProduction, ...good }, plugins);
  assert.equal([limits.write.points, limits.search.points, limits.other.points], [100, 20, 6000]);
  for (const [name, value] of [
    ['OPENWARD_LIMITS', 'write'],
    ['OPENWARD_LIMITS', 'walk=5'],
    ['OPENWARD_LIMITS', 'write=0'],
    ['OPENWARD_TRUSTED_PROXIES', 'proxy.internal'],
    ['OPENWARD_TRUSTED_PROXIES', '10.0.0.0/40'],
    ['OPENWARD_SESSION_KEYS_BEFORE', 'short'],
    ['OPENWARD_SESSION_KEYS_BEFORE', 'change-me-change-me-change-me-change-me'],
    ['OPENWARD_IDLE_MINUTES', '16'],
    ['OPENWARD_IDLE_MINUTES', '0'],
    ['OPENWARD_IDLE_MINUTES_PATIENTS', '31'],
    ['OPENWARD_SESSION_HOURS', '13'],
  ] as const) {
    const found = wrong({ [name]: value });
    assert.is(found.length, 1, `${name}=${value}`);
    assert.match(found[0]!, name);
  }
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

test('so does one that a plugin registers by itself, one that does not say whether it is about patients, and one that lets callers through whose token was refused', () => {
  const started = (options: RouteOptions) => {
    const server = Hapi.server();
    server.auth.scheme('bearer', () => ({ authenticate: (_request, h) => h.authenticated({ credentials: {} }) }));
    server.auth.strategy('bearer', 'bearer');
    server.auth.default('bearer');
    server.route({ method: 'GET', path: '/own', options, handler: () => 'x' });
    checkRoutes(server, { permissions: new Map([['thing:read', '']]) });
  };
  const patientData = false;
  started({ auth: { access: { scope: ['thing:read'] } }, app: { patientData } });
  started({ auth: false, app: { access: 'public', patientData } });
  started({ app: { access: 'signed-in', patientData: true } });
  for (const options of [
    { auth: { access: { scope: ['thing:read'] } } },
    { auth: false as const, app: { access: 'public' as const } },
    { app: { access: 'signed-in' as const } },
  ])
    assert.throws(() => started(options), /does not say whether it shows or changes something of a patient/);
  assert.throws(() => started({}), /declares no permission/);
  assert.throws(() => started({ auth: false }), /declares no permission/);
  for (const mode of ['try', 'optional'] as const)
    assert.throws(
      () => started({ auth: { mode, access: { scope: ['thing:read'] } } }),
      new RegExp(`the mode "${mode}"`),
    );
});
test.run();
