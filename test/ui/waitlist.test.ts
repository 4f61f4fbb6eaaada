import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { between, etag } from '../scheduling/hospital.ts';
import { axe, overflow, visit } from './browser.ts';
import { startOnToday, type OnToday } from './today-page.ts';

/** Monday 2 March 2026, nine o'clock in Berlin. */
const test = suite<OnToday>('waitlist: the page at the desk');

startOnToday(test);

test('somebody waits for two doctors, one house and a notice; all of it stays when one thing is changed', async ({
  hospital,
  page,
}) => {
  await hospital.patient('Patience');
  const { body: site } = await hospital.admin.post('/api/locations', { name: 'House North', kind: 'site' });
  await page.goto(`${hospital.url}/waitlist`);
  await page.getByText('Nobody waits.').waitFor();
  await page.getByRole('button', { name: 'Add to the waitlist' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Patient', { exact: true }).fill('Patience');
  await page.getByRole('option', { name: /PATIENCE/ }).click();
  await dialog.getByLabel('Service').selectOption('Consultation');
  await dialog.getByLabel('Dr Marsh').check();
  await dialog.getByLabel('Dr Rossi').check();
  await dialog.getByLabel('Place').selectOption('House North');
  await dialog.getByLabel('Can come at a notice of').selectOption('4 hr');
  assert.equal(await axe(page), []);
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('On the waitlist.').waitFor();
  const read = async () => (await hospital.clerk.get('/api/waitlist?status=waiting')).body.items[0];
  const wished = (it: Awaited<ReturnType<typeof read>>) => [
    it.practitioners.map(({ id }: { id: string }) => id).sort(),
    it.locationId,
    it.noticeMinutes,
    it.priority,
  ];
  assert.equal(wished(await read()), [hospital.practitioners.toSorted(), site.id, 240, 'routine']);

  await page.getByRole('button', { name: /^Change what would suit PATIENCE/ }).click();
  await dialog.getByLabel('Priority').selectOption('Urgent');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Changed.').waitFor();
  assert.equal(wished(await read()), [hospital.practitioners.toSorted(), site.id, 240, 'urgent']);
  assert.equal(await axe(page), []);
});

test('a freed time stands on the page by itself, and is taken there for the patient; on a phone as well', async ({
  hospital,
  browser,
}) => {
  const [marsh] = hospital.practitioners;
  const day = (time: string) => ({ practitionerId: marsh, serviceId: hospital.service, ...between(`2026-03-03T${time}:00+01:00`, 30) }); // prettier-ignore
  const booked: { id: string; version: number }[] = [];
  for (const time of [
    '09:00',
    '09:30',
    '10:00',
    '10:30',
    '11:00',
    '11:30',
    '13:00',
    '13:30',
    '14:00',
    '14:30',
    '15:00',
    '15:30',
    '16:00',
    '16:30',
  ]) {
    const { status, body } = await hospital.clerk.post('/api/appointments', {
      patientId: await hospital.patient(),
      ...day(time),
    });
    assert.is(status, 201, JSON.stringify(body));
    booked.push(body);
  }
  const joined = await hospital.clerk.post('/api/waitlist', {
    patientId: await hospital.patient('Hopeful'),
    serviceId: hospital.service,
    practitionerIds: [marsh],
    earliestOn: '2026-03-03',
    latestOn: '2026-03-03',
    noticeMinutes: 60,
    priority: 'urgent',
  });
  assert.is(joined.status, 201, JSON.stringify(joined.body));
  const desk = await visit(browser, hospital.url, 'receptionist', '/waitlist', {
    width: 390,
    height: 844,
    touch: true,
  });
  const row = desk.page.locator('tr', { hasText: 'HOPEFUL' });
  await row.getByText('No offer yet').waitFor();
  assert.is(await overflow(desk.page), 0);
  const { id, version } = booked[4]!;
  assert.is(
    (await hospital.clerk.post(`/api/appointments/${id}/cancel`, { reason: 'Cannot come' }, etag(version))).status,
    200,
  );
  await row.getByText('11:00', { exact: true }).waitFor({ timeout: 60_000 });
  assert.equal(await axe(desk.page), []);
  assert.is(await overflow(desk.page), 0);
  await desk.page.getByRole('button', { name: /^Accept the time for HOPEFUL/ }).click();
  await desk.page.getByText(/^Booked for HOPEFUL/).waitFor();
  const entry = (await hospital.clerk.get(`/api/waitlist/${joined.body.id}`)).body;
  assert.is(entry.status, 'booked');
  await desk.context.close();
  assert.equal(desk.complaints, []);
});

test.run();
