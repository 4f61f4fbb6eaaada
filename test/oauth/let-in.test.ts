import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { readOAuthToken } from '../../plugins/oauth/api.ts';
import type { LetInApp } from '../../plugins/oauth/model.ts';
import { clientOf, password, type Client } from '../hms.ts';
import { startDesk, type Desk } from '../portal/desk.ts';
import { letIn, newPkce, origin, register, send } from './partner.ts';

const test = suite<{ desk: Desk; clientId: string }>('oauth: what one has let in');
const redirectUri = 'http://127.0.0.1:4567/back';
const scopes = ['launch/patient', 'openid', 'offline_access', 'patient/*.rs', 'user/Patient.rs', 'user/Practitioner.r'];

test.before(async (at) => {
  at.desk = await startDesk(['oauth'], { ORIGIN: origin });
  const made = await register(at.desk, { name: 'Growth charts', kind: 'app', scopes, redirectUris: [redirectUri] });
  at.clientId = made.id as string;
});
test.after((at) => at.desk?.stop());

interface Tokens {
  access_token: string;
  refresh_token: string;
}
/** This person lets the app in, and it gets its tokens. */
const enter = async ({ desk, clientId }: { desk: Desk; clientId: string }, person: Client, scope: string) => {
  const pkce = newPkce();
  const seen = { ...desk, as: () => Promise.resolve(person) };
  const code = await letIn(seen, '', { clientId, redirectUri, scope, pkce });
  const form = { grant_type: 'authorization_code', code, code_verifier: pkce.verifier, redirect_uri: redirectUri };
  const { status, body } = await send(desk, '/oauth2/token', { ...form, client_id: clientId });
  assert.is(status, 200, JSON.stringify(body));
  return body as unknown as Tokens;
};
const renew = ({ desk, clientId }: { desk: Desk; clientId: string }, { refresh_token }: Tokens) =>
  send(desk, '/oauth2/token', { grant_type: 'refresh_token', refresh_token, client_id: clientId });
const counts = async (desk: Desk, { access_token }: Tokens) => (await readOAuthToken(desk.hms, access_token)) !== null;
const listed = async (person: Client) => (await person.get('/api/apps-let-in')).body.items as LetInApp[];

test('somebody sees what they have let in, since when and for what, and takes it back: its tokens are dead at once', async (at) => {
  const { desk } = at;
  const [doctor, nurse] = [await desk.as('doctor'), await desk.as('nurse')];
  assert.equal(await listed(doctor), []);
  const first = await enter(at, doctor, 'openid offline_access user/Patient.rs patient/*.rs');
  const second = await enter(at, doctor, 'openid offline_access user/Practitioner.r');
  const theirs = await enter(at, nurse, 'openid offline_access user/Patient.r');
  const [later, one] = await listed(doctor);
  const { id, since, until, ...rest } = one!;
  assert.equal(rest, {
    app: 'Growth charts',
    scopes: ['openid', 'offline_access', 'user/Patient.rs'],
    offline: true,
    thisRecord: true,
  });
  assert.ok(Math.abs(Date.parse(since) - Date.now()) < 60_000);
  assert.is(Math.round((Date.parse(until) - Date.parse(since)) / 86_400_000), 30);

  // Somebody else’s is like one that nobody has.
  const foreign = await nurse.post(`/api/apps-let-in/${id}/end`, {});
  const nowhere = await nurse.post(`/api/apps-let-in/${crypto.randomUUID()}/end`, {});
  assert.equal([foreign.status, foreign.body.type, foreign.body.detail], [404, nowhere.body.type, nowhere.body.detail]);
  assert.ok(await counts(desk, first));

  assert.is((await doctor.post(`/api/apps-let-in/${id}/end`, {})).status, 204);
  assert.not.ok(await counts(desk, first));
  assert.is((await renew(at, first)).body.error, 'invalid_grant');
  assert.ok((await counts(desk, second)) && (await counts(desk, theirs)), 'nothing else has ended');
  assert.equal(
    (await listed(doctor)).map((it) => it.id),
    [later!.id],
  );
  assert.is((await doctor.post(`/api/apps-let-in/${id}/end`, {})).status, 404);
  const entry = await desk.db.one(sql.type(z.strictObject({ actorId: z.uuid(), object: z.string() }))`
    select actor_id, object from core.audit where detail = 'app-put-out' and outcome = 0
  `);
  assert.is(entry.object, `Client/${at.clientId}`);
  const me = (await doctor.get('/api/platform')).body.user.id as string;
  assert.is(entry.actorId, me);
});

test('what has ended by itself is not listed any more', async (at) => {
  const { desk } = at;
  const signIn = async () => {
    const { body } = await desk.anonymous.post('/api/auth/login', { username: 'cashier', password });
    return clientOf(desk.url, body.accessToken as string);
  };
  const person = await signIn();
  const tokens = await enter(at, person, 'openid user/Patient.r');
  assert.is((await listed(person)).length, 1);
  await person.post('/api/auth/sessions/end', { keepThis: false });
  assert.not.ok(await counts(desk, tokens));
  assert.equal(await listed(await signIn()), []);
});

test('a patient sees which app is for which record, and puts it out in either', async (at) => {
  const { desk } = at;
  const parent = await desk.enrolled();
  const tokens = await enter(at, parent, 'launch/patient openid offline_access patient/*.rs');
  const records = async (client: Client) => (await listed(client)).map(({ thisRecord }) => thisRecord);
  assert.equal(await records(parent), [true]);
  const child = await desk.patient();
  const asParent = await desk.enrolled({ patientId: child, role: 'parent', username: parent.username });
  assert.equal(await records(asParent), [false]);
  const [{ id }] = (await listed(asParent)) as [LetInApp];
  assert.is((await asParent.post(`/api/apps-let-in/${id}/end`, {})).status, 204);
  assert.not.ok(await counts(desk, tokens));
  assert.equal(await listed(asParent), []);
});

test.run();
