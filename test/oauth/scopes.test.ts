import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  holds,
  identityScopes,
  isWithin,
  letters,
  levels,
  narrow,
  readScope,
  resourceScopes,
  writeScope,
  type Letter,
} from '../../plugins/oauth/scopes.ts';
import { isRedirectUri } from '../../plugins/oauth/redirects.ts';

const test = suite('oauth: scopes');

const types = ['*', 'Patient', 'Observation', 'Encounter', 'MedicationRequest'];
const may = fc.subarray([...letters], { minLength: 1 });
const scope = fc
  .record({ level: fc.constantFrom(...levels), type: fc.constantFrom(...types), may })
  .map((it) => writeScope(it));
const texts = fc.array(fc.oneof(scope, fc.constantFrom(...identityScopes)), { maxLength: 8 });
/** All that these scopes allow, one by one; of a type that none of them names too. */
const rights = (of: readonly string[]): string[] =>
  levels.flatMap((level) =>
    [...types.slice(1), 'Appointment'].flatMap((type) =>
      letters.filter((letter) => holds(resourceScopes(of), level, type, letter)).map((it) => `${level}/${type}.${it}`),
    ),
  );

test('one spelling: what is read is written back the same', () => {
  fc.assert(fc.property(scope, (text) => assert.is(writeScope(readScope(text)!), text)));
  fc.assert(
    fc.property(fc.string(), (text) => {
      const read = readScope(text);
      assert.ok(read === null || writeScope(read) === text);
    }),
  );
});

test('letters in another order, twice, none or others are no scope', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...letters, 'x', 'R', ' ')), (given) => {
      const right = given.length > 0 && given.every((it, place) => place === 0 || rank(given[place - 1]!) < rank(it));
      const known = given.every((it) => (letters as readonly string[]).includes(it));
      assert.is(readScope(`system/Patient.${given.join('')}`) !== null, right && known);
    }),
  );
});
const rank = (letter: string): number => letters.indexOf(letter as Letter);

test('other spellings are unknown', () => {
  for (const text of [
    'system/Patient.read',
    'system/Patient.*',
    'System/Patient.rs',
    'system/Patient.rs ',
    ' system/Patient.rs',
    'system/Patient.rs\n',
    'system/Patient.rs?category=x',
    'system/patient.rs',
    'system//Patient.rs',
    'system/**.rs',
    'patient/.rs',
    'launch',
    'OPENID',
  ])
    assert.is(readScope(text), null, JSON.stringify(text));
});

test('what is granted is exactly what is both asked and allowed', () => {
  fc.assert(
    fc.property(texts, texts, (asked, allowed) => {
      const { granted, refused } = narrow(asked, allowed);
      const both = rights(asked).filter((right) => rights(allowed).includes(right));
      assert.equal(rights(granted), both);
      assert.equal(
        granted.filter((text) => !readScope(text)).sort(),
        [...new Set(asked.filter((text) => !readScope(text) && allowed.includes(text)))].sort(),
      );
      for (const text of granted) assert.ok(isWithin(text, allowed) && isWithin(text, asked), text);
      for (const text of refused)
        assert.equal(
          rights([text]).filter((right) => rights(allowed).includes(right)),
          [],
        );
    }),
  );
});

test('what was granted is granted whole the next time', () => {
  fc.assert(
    fc.property(texts, texts, (asked, allowed) => {
      const { granted } = narrow(asked, allowed);
      assert.equal(narrow(granted, allowed), { granted, refused: [] });
    }),
  );
});

test('people come back to exact https addresses, or to their own machine', () => {
  for (const good of [
    'https://app.example.org/back',
    'http://127.0.0.1:4000/back',
    'http://[::1]:4000/',
    'http://localhost/x?y=1',
  ])
    assert.ok(isRedirectUri(good), good);
  for (const bad of [
    '',
    'app.example.org/back',
    'http://app.example.org/back',
    'https://app.example.org/back#part',
    'https://app.example.org/*',
    'https://*.example.org/back',
    'https://user:pw@app.example.org/back',
    'https://app.example.org/a/../back',
    'HTTPS://app.example.org/back',
    'javascript:alert(1)',
    'data:text/html,x',
    'app.example:/back',
    'https://app.example.org/back\\x',
    'http://localhost.example.org/',
    'http://127.0.0.1.example.org/',
  ])
    assert.not.ok(isRedirectUri(bad), bad);
});

test.run();
