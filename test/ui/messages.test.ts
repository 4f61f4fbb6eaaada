import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as messages from '../../generated/messages/messages.js';
import { titles } from '../../generated/messages/titles.js';
import { locales } from '../../scripts/messages.ts';

const root = join(import.meta.dirname, '../..');
const test = suite('messages');
type Say = (inputs: Record<string, unknown>, options: { locale: (typeof locales)[number] }) => string;
const say = messages as unknown as Record<string, Say>;

const catalogues = ['core', 'fhir', 'plugins/*', 'ui'].flatMap((part) =>
  globSync(`${part}/messages/en.json`, { cwd: root }),
);
const english: Record<string, unknown> = Object.assign(
  {},
  ...catalogues.map((file) => JSON.parse(readFileSync(join(root, file), 'utf8'))),
);

test('every number has its sentence in every language', () => {
  const counted = Object.keys(english).filter((key) => Array.isArray(english[key]));
  assert.ok(counted.length > 0);
  for (const key of counted) {
    for (const locale of locales) {
      for (const count of [0, 1, 2, 3, 11, 100, 1000]) {
        const text = say[key]!({ count, total: count, shown: count }, { locale });
        assert.is.not(text, key, `${key} ${locale} ${count}`);
      }
    }
  }
});

test('every sentence is compiled, and says something in every language', () => {
  for (const key of Object.keys(english).filter((one) => one !== '$schema')) {
    for (const locale of locales) assert.ok(say[key]?.({}, { locale }).trim(), `${key} ${locale}`);
  }
});

test('the server needs no window: the language is told', () => {
  assert.not('window' in globalThis);
  assert.is(say.sign_in_title!({}, { locale: 'es' }), 'Iniciar sesión');
  assert.is(say.sign_in_title!({}, { locale: 'ar' }), 'تسجيل الدخول');
});

test('what plugins name as data can be looked up', () => {
  for (const [key, title] of Object.entries(titles)) assert.is(title?.({}, { locale: 'en' }), english[key]);
});

test.run();
