import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { service } from '../../core/actor.ts';
import { readConfig, type ConfigError } from '../../core/config.ts';
import { sql } from '../../core/database.ts';
import { openHms, prepareDatabase } from '../../core/hms.ts';
import { loadPlugins } from '../../core/loader.ts';
import messaging from '../../plugins/messaging/index.ts';
import { sendDue } from '../../plugins/messaging/jobs/send.ts';
import { clientOf, password, startHms } from '../hms.ts';
import { etag, startHouse, type House } from './house.ts';

const test = suite<{ house: House }>('messaging: doors');
test.before(async (at) => {
  at.house = await startHouse(['ehr', 'billing']);
});
test.after(({ house }) => house?.stop());

test('every wrong setting is named at once; SMS leave the house encrypted only', () => {
  const mistakes = (env: Record<string, string>): string => {
    try {
      readConfig(env, [messaging]);
      return '';
    } catch (error) {
      return (error as ConfigError).mistakes.join('\n');
    }
  };
  const found = mistakes({
    PORT: 'many',
    OPENWARD_SMTP_URL: 'http://mail.example',
    OPENWARD_SMS_URL: 'http://gateway.example/sms',
    OPENWARD_SMS_REPORT_KEY: 'short',
  });
  for (const name of [
    'PORT',
    'OPENWARD_SMTP_URL',
    'OPENWARD_MAIL_FROM',
    'OPENWARD_SMS_URL',
    'OPENWARD_SMS_TOKEN',
    'OPENWARD_SMS_REPORT_KEY',
  ])
    assert.match(found, name);
  assert.match(found, 'https elsewhere than on loopback');
  assert.is(
    mistakes({ OPENWARD_SMTP_URL: 'smtps://user:pass@mail.example', OPENWARD_MAIL_FROM: 'desk@hospital.example' }),
    '',
  );
});

test('who may see, who may write, who may configure', async ({ house }) => {
  const patient = await house.agreed();
  const preference = `/api/patients/${patient}/message-preference`;
  const wanted = { email: false, sms: false, declined: [], language: null };
  for (const role of ['doctor', 'nurse', 'pharmacist', 'cashier', 'labtech']) {
    const client = await house.as(role);
    assert.is((await client.get('/api/messages')).status, 403, role);
    assert.is((await client.get(preference)).status, 403, role);
    assert.is((await client.put(preference, wanted, etag(1))).status, 403, role);
    assert.is((await client.get('/fhir/R4/Communication')).status, 403, role);
    assert.is((await client.get('/api/alerts')).status, 200, role);
    const { body } = await client.get(`/api/patients/${patient}/record`);
    assert.is(body.messages, undefined, role);
  }
  assert.is((await house.clerk.put('/api/messages/settings', {}, etag(1))).status, 403);
  assert.is((await house.clerk.put(preference, wanted)).status, 428);
  assert.is((await house.clerk.put(preference, wanted, etag(7))).status, 412);
  assert.is((await house.clerk.put(preference, { ...wanted, declined: ['everything'] }, etag(1))).status, 400);
  const nobody = '01890000-0000-7000-8000-000000000000';
  assert.is((await house.clerk.get(`/api/patients/${nobody}/message-preference`)).status, 404);
  assert.is((await house.clerk.get(`/api/messages/${nobody}`)).status, 404);
});

test('a label hides a patient’s messages and alerts from those without clearance', async ({ house }) => {
  const patient = await house.agreed();
  await house.book(patient, '2026-03-20T09:00:00Z');
  const [{ id }] = (await house.messagesOf(patient)) as unknown as [{ id: string }];
  await house.db.query(sql.unsafe`insert into core.subject_label (subject_id, label) values (${patient}, 'R')`);
  assert.is((await house.clerk.get(`/api/messages/${id}`)).status, 404);
  assert.equal((await house.clerk.get(`/api/messages?patientId=${patient}`)).body.items, []);
  assert.is((await house.clerk.post(`/api/messages/${id}/withdraw`, {}, etag(1))).status, 404);
});

test('each language and channel can be looked at before it goes out', async ({ house }) => {
  const look = async (kind: string, channel: string, language: string) =>
    (await house.clerk.post('/api/messages/preview', { kind, channel, language })).body;
  const kinds = [
    'appointment-booked',
    'appointment-rescheduled',
    'appointment-cancelled',
    'appointment-reminder',
    'invoice-issued',
    'portal-message',
  ];
  for (const kind of kinds)
    for (const language of ['en', 'es', 'ar']) {
      const sms = await look(kind, 'sms', language);
      const email = await look(kind, 'email', language);
      assert.is(sms.subject, null);
      assert.ok(email.subject.length > 5 && email.body.includes(sms.body), `${kind} ${language}`);
      assert.not.match(`${email.subject}${email.body}`, /undefined|\{|\}|notice_/);
      assert.not.match(sms.body, /45[.,]50/);
    }
  assert.match((await look('appointment-reminder', 'sms', 'ar')).body, 'الاثنين، 15 مارس 2027 الساعة 10:30');
});

test('the list pages, filters and shows the record’s section in the same form', async ({ house }) => {
  const patient = await house.agreed();
  await house.book(patient, '2026-03-24T09:00:00Z');
  await house.book(patient, '2026-03-25T09:00:00Z');
  const of = async (query: string) => (await house.clerk.get(`/api/messages?patientId=${patient}&${query}`)).body;
  const waiting = (await of('status=waiting')).items as { id: string; notBefore: string }[];
  assert.is(waiting.length, 12);
  assert.equal(
    waiting.map((it) => it.notBefore),
    waiting.map((it) => it.notBefore).toSorted(),
  );
  const paged: string[] = [];
  for (let next = ''; ;) {
    const page = await of(`status=waiting&limit=5${next && `&cursor=${next}`}`);
    paged.push(...page.items.map((it: { id: string }) => it.id));
    if (!page.next) break;
    next = page.next;
  }
  assert.equal(
    paged,
    waiting.map(({ id }) => id),
  );
  assert.is((await of('kind=appointment-reminder&channel=sms')).items.length, 4);
  const { messages } = (await house.clerk.get(`/api/patients/${patient}/record`)).body;
  const all = (await of('')).items;
  assert.equal(
    messages.items,
    all.map(({ patient: _, ...head }: { patient: unknown }) => head),
  );
  assert.is(messages.preference.email, true);
});

test('FHIR tells what was sent and when, and says no to rewriting it', async ({ house }) => {
  const patient = await house.agreed({ sms: false });
  await house.book(patient, '2026-03-26T09:00:00Z');
  const search = async (query: string) =>
    (await house.admin.get(`/fhir/R4/Communication?patient=${patient}&${query}`)).body;
  assert.is((await search('status=preparation')).total, 3);
  await house.at('2026-03-02T08:30:00Z');
  const found = await search('status=completed&sent=ge2026-03-02');
  assert.is(found.total, 1);
  const { resource } = found.entry[0];
  assert.is(resource.subject.reference, `Patient/${patient}`);
  assert.is(resource.medium[0].coding[0].code, 'EMAILWRIT');
  assert.match(resource.about[0].reference, /^Appointment\//);
  assert.is(resource.payload.length, 2);
  const put = await house.admin.put(`/fhir/R4/Communication/${resource.id}`, {
    ...resource,
    status: 'entered-in-error',
  });
  assert.is(put.status, 422, JSON.stringify(put.body));
});

test('a Communication from elsewhere is kept whole and never sent', async ({ house }) => {
  const file = join(import.meta.dirname, '../data/fhir/Communication-fm-solicited.json');
  const sent = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  house.gateway.asked.length = house.mail.mails.length = 0;
  for (const origin of ['import', 'here']) {
    const made = await house.admin.post('/fhir/R4/Communication', sent, { 'openward-origin': origin });
    assert.is(made.status, 201, JSON.stringify(made.body));
    const read = (await house.admin.get(`/fhir/R4/Communication/${made.body.id}`)).body;
    for (const [element, value] of Object.entries(sent))
      if (!['id', 'meta'].includes(element)) assert.equal(read[element], value, element);
    await house.settle();
    await house.at('2026-03-03T09:00:00Z');
    const recorded = await house.db.exists(
      sql.unsafe`select from messaging.message where id = ${made.body.id} and status = 'recorded'`,
    );
    assert.ok(recorded);
  }
  assert.is(house.gateway.asked.length + house.mail.mails.filter(({ source }) => source.includes('2345')).length, 0);
});

test('switched on later it takes over what was kept of Communication, and sends nothing', async () => {
  const before = await startHms(['auth', 'facility', 'patients']);
  try {
    const admin = await before.as('admin');
    const patient = {
      resourceType: 'Patient',
      name: [{ family: 'Early' }],
      telecom: [{ system: 'phone', value: '+49 30 1234567' }],
    };
    const history = { 'openward-origin': 'import' };
    const { id } = (await admin.post('/fhir/R4/Patient', patient, history)).body;
    const sent = {
      resourceType: 'Communication',
      status: 'in-progress',
      subject: { reference: `Patient/${id}` },
      sent: '2019-05-04',
      payload: [{ contentString: 'Please call back' }],
    };
    assert.is((await admin.post('/fhir/R4/Communication', sent, history)).status, 201);
    const plugins = await loadPlugins(['auth', 'facility', 'patients', 'messaging']);
    await prepareDatabase(before.hms.urls.owner!, plugins);
    const env = { NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'error', OPENWARD_ADMIN_SECOND_FACTOR: '0' };
    const config = readConfig({ ...env, OPENWARD_DEMO: '0' }, plugins);
    const later = await openHms({ config, plugins, urls: before.hms.urls });
    try {
      await sendDue(later.db(service('messaging')), later);
      const url = `http://127.0.0.1:${later.server.info.port}`;
      const { body } = await clientOf(url, '').post('/api/auth/login', { username: 'admin', password });
      const found = (await clientOf(url, body.accessToken).get(`/fhir/R4/Communication?patient=${id}`)).body;
      const { id: _, meta: _m, ...resource } = found.entry[0].resource;
      assert.equal([found.total, resource], [1, sent]);
    } finally {
      await later.stop();
    }
  } finally {
    await before.stop();
  }
});

test.run();
