import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { readOAuthToken } from '../../plugins/oauth/api.ts';
import { startDesk, type Desk } from '../portal/desk.ts';
import { comeFromApp, letIn, newPkce, origin, register, send } from './partner.ts';

const test = suite<{ desk: Desk; clientId: string }>('oauth: an app of a patient');
const redirectUri = 'http://127.0.0.1:4567/back';
const scopes = ['launch/patient', 'openid', 'fhirUser', 'offline_access', 'patient/*.rs', 'user/Patient.rs'];

test.before(async (at) => {
  at.desk = await startDesk(['oauth'], { ORIGIN: origin });
  const made = await register(at.desk, { name: 'My values', kind: 'app', scopes, redirectUris: [redirectUri] });
  at.clientId = made.id as string;
});
test.after((at) => at.desk?.stop());

test('a patient lets an app see their own record, no more, and only as long as they see it themselves', async ({
  desk,
  clientId,
}) => {
  const person = await desk.enrolled();
  const pkce = newPkce();
  const seen = { ...desk, as: () => Promise.resolve(person) };
  const code = await letIn(seen, '', { clientId, redirectUri, scope: scopes.join(' '), pkce });
  const { status, body } = await send(desk, '/oauth2/token', {
    grant_type: 'authorization_code',
    code,
    code_verifier: pkce.verifier,
    redirect_uri: redirectUri,
    client_id: clientId,
  });
  assert.is(status, 200, JSON.stringify(body));
  assert.is(body.scope, 'launch/patient openid fhirUser offline_access patient/*.rs');
  assert.is(body.patient, person.patientId);
  const token = body.access_token as string;
  const caller = await readOAuthToken(desk.hms, token);
  assert.is(caller?.patientId, person.patientId);
  assert.equal(caller?.scopes, [{ level: 'patient', type: '*', may: ['r', 's'] }]);
  const info = await desk.anonymous.get('/oauth2/userinfo', { authorization: `Bearer ${token}` });
  assert.is(info.body.fhirUser, `${origin}/fhir/R4/Patient/${person.patientId}`);

  const accessId = await desk.db.oneFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    select id from portal.access where patient_id = ${person.patientId} and ended_at is null
  `);
  // Their account goes on, for they look after somebody else as well.
  const child = await desk.patient();
  await desk.db.query(sql.unsafe`
    insert into portal.access (user_id, patient_id, role) select user_id, ${child}, 'carer' from portal.access where id = ${accessId}
  `);
  assert.is((await desk.clerk.post(`/api/portal-accesses/${accessId}/end`)).status, 200);
  assert.is(await readOAuthToken(desk.hms, token), null);
  const renewed = await send(desk, '/oauth2/token', {
    grant_type: 'refresh_token',
    refresh_token: body.refresh_token as string,
    client_id: clientId,
  });
  assert.is(renewed.body.error, 'invalid_grant');
});

test('staff give what is theirs, never a patient’s view; nothing to give is said', async ({ desk, clientId }) => {
  const ask = { clientId, redirectUri, pkce: newPkce() };
  const doctor = await desk.as('doctor');
  const both = await comeFromApp(desk, { ...ask, scope: 'launch/patient user/Patient.rs patient/*.rs' });
  const request = (location: string) => `/api/app-requests/${location.split('/').at(-1)}`;
  const { body } = await doctor.get(request(both.location), both.jar.header);
  assert.equal(body.scopes, ['user/Patient.rs']);
  const theirs = await comeFromApp(desk, { ...ask, scope: 'patient/*.rs' });
  const refused = await doctor.post(`${request(theirs.location)}/allow`, {}, theirs.jar.header);
  assert.is(refused.status, 422);
  assert.is(refused.body.type, '/problems/app-request-empty');
});

test.run();
