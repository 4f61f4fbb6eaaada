// npm run bench:calendar [-- --rounds N]: how long a day of twelve doctors with forty visits each takes to stand on the screen, from the click.
import { parseArgs } from 'node:util';
import { loadavg } from 'node:os';
import { sql } from '../../core/database.ts';
import { amend, startHospital, weekdays } from '../../test/scheduling/hospital.ts';
import { openBrowser, visit } from '../../test/ui/browser.ts';
import { median } from './measure.ts';
import { untilPainted } from './paint.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
const doctors = 12;
const visits = 40;

const hospital = await startHospital([], { env: { LOG_LEVEL: 'silent', OPENWARD_LIMITS: 'all=999999999' } });
const browser = await openBrowser();
try {
  const { admin, clerk, department, service } = hospital;
  const ids = [...hospital.practitioners];
  for (let n = ids.length; n < doctors; n++)
    ids.push((await admin.post('/api/practitioners', { familyName: `Doctor${n}`, givenName: 'A', prefix: 'Dr', departmentId: department })).body.id); // prettier-ignore
  for (const id of ids)
    await amend(admin, `/api/availability/${id}`, { zone: 'Europe/Berlin', windows: weekdays('07:00', '19:00') });
  for (const [d, practitionerId] of ids.entries())
    for (let n = 0; n < visits; n++) {
      const startsAt = Temporal.Instant.from('2026-03-03T06:00:00Z').add({ minutes: n * 15 });
      const patientId = await hospital.patient(`Visit${d}x${n}`);
      const { status, body } = await clerk.post('/api/appointments', {
        patientId, practitionerId, serviceId: service, startsAt: startsAt.toString(), endsAt: startsAt.add({ minutes: 15 }).toString(),
      }); // prettier-ignore
      if (status !== 201) throw new Error(JSON.stringify(body));
    }
  await hospital.db.query(sql.unsafe`analyze`);

  const { page } = await visit(browser, hospital.url, 'receptionist', '/today');
  await page.locator('[data-lane]').first().waitFor();
  const opened: number[] = [];
  const shown: number[] = [];
  for (let round = 0; round <= Number(values.rounds); round++) {
    const day = await untilPainted(page, 'click', '.visit', 'VISIT11X39', () =>
      page.getByRole('button', { name: 'Next day' }).click(),
    );
    const drawn = await page.locator('.visit').count();
    if (drawn !== doctors * visits) throw new Error(`${drawn} visits are drawn`);
    await page.getByRole('button', { name: 'List', exact: true }).click();
    await page.getByRole('columnheader', { name: 'Patient' }).waitFor();
    const view = await untilPainted(page, 'click', '.visit', 'VISIT11X39', () =>
      page.getByRole('button', { name: 'Doctors', exact: true }).click(),
    );
    await page.getByRole('button', { name: 'Day before' }).click();
    await page.getByRole('heading', { level: 1, name: 'Monday 2 March' }).waitFor();
    if (round > 0) {
      opened.push(day);
      shown.push(view);
    }
  }
  const line = (what: string, times: number[]) =>
    `${what.padEnd(40)}${median(times).toFixed(0).padStart(6)} ms median${Math.max(...times)
      .toFixed(0)
      .padStart(6)} ms at most`;
  console.log(line('another day, with its request', opened));
  console.log(line('from the list to the doctors', shown));
  console.log(`${doctors} doctors, ${visits} visits each; aim 500 ms; load average ${loadavg()[0]!.toFixed(1)}`);
} finally {
  await browser.close();
  await hospital.stop();
}
