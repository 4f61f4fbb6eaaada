import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TestHms } from '../hms.ts';
import { readOAuthToken } from '../../plugins/oauth/api.ts';
import { askToken, newPair, register, send, setOf, signed, startHouse, type Pair } from './partner.ts';

interface At {
  house: TestHms;
  es: Pair;
  rs: Pair;
  clientId: string;
}
const test = suite<At>('oauth: services');
const plugins = ['auth', 'facility', 'patients', 'oauth'];

test.before(async (at) => {
  at.house = await startHouse(plugins);
  at.es = await newPair('ES384');
  at.rs = await newPair('RS384');
  const made = await register(at.house, {
    name: 'Registry of vaccinations',
    kind: 'service',
    scopes: ['system/Patient.rs', 'system/Practitioner.r'],
    keys: setOf(at.es, at.rs),
  });
  at.clientId = made.id as string;
});
test.after((at) => at.house?.stop());

test('a key of either kind gets a token for exactly what was asked, good for five minutes at most', async ({
  house,
  clientId,
  es,
  rs,
}) => {
  for (const pair of [es, rs]) {
    const { status, body, headers } = await askToken(house, clientId, pair, 'system/Patient.rs');
    assert.is(status, 200, JSON.stringify(body));
    assert.is(body.token_type, 'Bearer');
    assert.is(body.scope, 'system/Patient.rs');
    assert.ok(body.expires_in <= 300);
    assert.is(headers.get('cache-control'), 'no-store');
    const caller = await readOAuthToken(house.hms, body.access_token as string);
    assert.is(caller?.clientId, clientId);
    assert.is(caller?.userId, null);
    assert.equal(caller?.scopes, [{ level: 'system', type: 'Patient', may: ['r', 's'] }]);
  }
});

test.run();
