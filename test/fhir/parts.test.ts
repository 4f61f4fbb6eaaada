import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { definePlugin } from '../../core/plugin.ts';
import { partOf, withParts, type Part } from '../../fhir/parts.ts';
import { defineResource } from '../../fhir/resource.ts';

const place = defineResource({
  type: 'Location',
  table: 'thing.place',
  patient: null,
  permission: { read: 'thing:read', write: 'thing:write' },
  row: z.strictObject({ id: z.uuid(), name: z.string() }),
  columns: sql.fragment`it.id, it.name`,
  search: {},
  toFhir: (it) => ({ resourceType: 'Location', name: it.name, mode: 'instance' }),
});
const state: Part<string | null> = {
  column: sql.fragment`(select s.code from other.state s where s.id = it.id)`,
  row: z.string().nullable(),
  toFhir: (code) => (code === null ? {} : { operationalStatus: { code } }),
};
const other = definePlugin({ name: 'other', title: 'other', offers: { [partOf('Location')]: state } });

const test = suite('fhir: elements of another plugin');
const id = '00000000-0000-7000-8000-000000000001';

test('without an offer the resource is what its owner made', () => {
  assert.is(withParts(place, []), place);
});

test('an offered element stands in its place of R4, and is left out where nothing is known', () => {
  const whole = withParts(place, [other]);
  assert.equal(whole.toFhir(whole.row.parse({ id, name: 'Bed 1', fhirPart0: 'U' })), {
    resourceType: 'Location',
    operationalStatus: { code: 'U' },
    name: 'Bed 1',
    mode: 'instance',
  });
  const order = Object.keys(whole.toFhir(whole.row.parse({ id, name: 'Bed 1', fhirPart0: 'U' })));
  assert.ok(order.indexOf('operationalStatus') < order.indexOf('name'));
  assert.is('operationalStatus' in whole.toFhir(whole.row.parse({ id, name: 'Hall', fhirPart0: null })), false);
});

test('a row that is not what its owner or the offer says is refused', () => {
  const whole = withParts(place, [other]);
  assert.throws(() => whole.row.parse({ id, name: 1, fhirPart0: 'U' }));
  assert.throws(() => whole.row.parse({ id, name: 'Bed 1', fhirPart0: 7 }));
});
test.run();
