import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfig, type ConfigError } from '../../core/config.ts';
import { settings } from '../../plugins/oauth/settings.ts';

const test = suite('oauth: settings');
const secret = (letter: string) => `${letter}-0123456789-abcdefghijklmnopqrstuvwxyz`;
const production = {
  NODE_ENV: 'production',
  ORIGIN: 'https://hospital.example',
  DATABASE_URL: 'postgres://app:drift-wood-41@db/openward',
  DATABASE_PATIENT_URL: 'postgres://patient:copper-kite-72@db/openward',
  OPENWARD_SESSION_KEY: secret('s'),
  OPENWARD_PASSWORD_PEPPER: secret('p'),
  OPENWARD_AUDIT_KEY: secret('a'),
};
const mistakes = (env: Record<string, string>): string[] => {
  try {
    readConfig({ ...production, ...env }, [{ settings }]);
    return [];
  } catch (error) {
    return (error as ConfigError).mistakes;
  }
};

test('production needs a key of its own: there, long enough, no sample, not easily guessed', () => {
  for (const OPENWARD_OAUTH_KEY of [
    '',
    'short',
    'change-me-change-me-change-me-change-me',
    'openward-development-oauth-key-is-no-secret',
    'a'.repeat(40),
  ]) {
    const found = mistakes({ OPENWARD_OAUTH_KEY });
    assert.ok(found.length > 0 && found.every((it) => it.includes('OPENWARD_OAUTH_KEY')), found.join('; '));
  }
  assert.equal(mistakes({ OPENWARD_OAUTH_KEY: secret('o') }), []);
});

test('no secret of the house is used for two things, its own or another', () => {
  for (const [name, other] of [
    ['OPENWARD_OAUTH_KEY', production.OPENWARD_SESSION_KEY],
    ['OPENWARD_OAUTH_KEY', production.OPENWARD_PASSWORD_PEPPER],
    ['OPENWARD_OAUTH_KEY', production.OPENWARD_AUDIT_KEY],
    ['OPENWARD_AUDIT_KEY', production.OPENWARD_PASSWORD_PEPPER],
    ['OPENWARD_SESSION_KEY', production.OPENWARD_AUDIT_KEY],
  ] as const) {
    const [found, ...more] = mistakes({ OPENWARD_OAUTH_KEY: secret('o'), [name]: other });
    assert.match(found!, /must differ from each other/);
    assert.match(found!, name);
    assert.equal(more, []);
  }
});

test('an app may go on for ninety days at most', () => {
  const key = { OPENWARD_OAUTH_KEY: secret('o') };
  assert.equal(mistakes({ ...key, OPENWARD_OAUTH_OFFLINE_DAYS: '90' }), []);
  assert.match(mistakes({ ...key, OPENWARD_OAUTH_OFFLINE_DAYS: '91' })[0]!, 'OPENWARD_OAUTH_OFFLINE_DAYS');
});

test.run();
