import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import type { TestHms } from '../hms.ts';
import { askToken, newPair, register, send, setOf, startHouse } from './partner.ts';

const test = suite<{ house: TestHms }>('oauth: limits and the audit');

test.before(async (at) => {
  at.house = await startHouse(['auth', 'facility', 'patients', 'oauth'], { env: { OPENWARD_LIMITS: 'public=30' } });
});
test.after((at) => at.house?.stop());

test('what cannot be written down is not given out', async ({ house }) => {
  const pair = await newPair('ES384');
  const scopes = ['system/Patient.rs'];
  const { id } = await register(house, { name: 'Registry', kind: 'service', scopes, keys: setOf(pair) });
  await house.asAdmin('revoke insert on core.audit from app');
  const refused = await askToken(house, id as string, pair, 'system/Patient.r');
  assert.is(refused.status, 503);
  assert.is(refused.body.access_token, undefined);
  await house.asAdmin('grant insert on core.audit to app');
  assert.is((await askToken(house, id as string, pair, 'system/Patient.r')).status, 200);
});

test('a flood of strangers is cut off, and fills no disk', async ({ house }) => {
  const answers = [];
  for (let count = 0; count < 40; count++)
    answers.push(await send(house, '/oauth2/token', { grant_type: 'client_credentials', client_id: 'nobody' }));
  const late = answers.at(-1)!;
  assert.is(late.status, 429);
  assert.ok(Number(late.headers.get('retry-after')) > 0);
  const written = await house.db.oneFirst(sql.type(z.strictObject({ count: z.int() }))`
    select count(*)::int as count from core.audit where detail = 'token client_credentials refused: invalid_client'
  `);
  assert.ok(written > 0 && written <= 10, String(written));
});

test.run();
