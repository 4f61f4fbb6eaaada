import type { Page } from 'playwright-core';
import type { TestHms } from '../hms.ts';
import { looks, type At, type Scene } from './looks.ts';
import { made, newPatient } from './people.ts';

const visits: Record<string, string> = {};
const visit = (which: string) => () => Promise.resolve(`/visits/${visits[which]!}`);

/** Patients with a visit under way with the doctor of the demo, one for each thing that can be seen of it. */
async function furnish(hms: TestHms) {
  const [doctor, nurse] = await Promise.all([hms.as('doctor'), hms.as('nurse')]);
  const me = (await doctor.get('/api/me/practitioner')).body.id;
  const medicines = (await doctor.get('/api/medications?text=lisinopril&limit=1')).body.items;
  for (const which of ['writing', 'signed', 'stale', 'waiting', 'finished']) {
    const patient = await newPatient(hms, {
      phone: `+49 30 ${which.length}0${which.charCodeAt(0)}`,
      givenName: `Ines ${which}`,
    });
    await made(nurse, '/api/allergies', {
      patientId: patient.id, display: 'Penicillin', criticality: 'high', reaction: 'anaphylaxis',
    }); // prettier-ignore
    const reason = 'Chest tightness on effort, 2 weeks';
    const encounter = await made(doctor, '/api/encounters', { patientId: patient.id, practitionerId: me, reason });
    visits[which] = encounter.id;
    if (which === 'waiting') continue;
    const started = await made(
      doctor,
      `/api/encounters/${encounter.id}/start`,
      {},
      { 'if-match': `W/"${encounter.version}"` },
    );
    await made(nurse, '/api/vitals', {
      patientId: patient.id, encounterId: encounter.id,
      systolic: 152, diastolic: 94, heartRate: 78, temperature: 36.7, oxygenSaturation: 97, weight: 81.4, pain: 2,
    }); // prettier-ignore
    await made(doctor, '/api/conditions', { patientId: patient.id, encounterId: encounter.id, code: 'I20.9' });
    await made(doctor, '/api/medication-requests', {
      patientId: patient.id, encounterId: encounter.id, medicationId: medicines[0].id, dosageText: '1-0-0', quantity: 30,
    }); // prettier-ignore
    const words = {
      reason,
      findings:
        'No pain at rest. Climbs one flight before tightness, relieved in 3 minutes. No oedema. Heart sounds normal.',
      plan: 'ECG today, exercise test this week.',
    };
    const note = await doctor.put(`/api/encounters/${encounter.id}/note`, words, { 'if-none-match': '*' });
    if (which !== 'signed' && which !== 'finished') continue;
    await made(doctor, `/api/encounters/${encounter.id}/note/sign`, {}, { 'if-match': `W/"${note.body.version}"` });
    if (which === 'finished')
      await made(doctor, `/api/encounters/${encounter.id}/finish`, {}, { 'if-match': `W/"${started.version}"` });
  }
  await hms.settle();
}

async function prescribePenicillin(page: Page) {
  await page.locator('#note-findings').waitFor();
  await page.getByRole('heading', { name: 'Visit note' }).click();
  await page.keyboard.press('o');
  await page.locator('#medicine:focus').waitFor();
  await page.keyboard.type('amoxicillin');
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('Enter');
  await page.locator('#dosage:focus').waitFor();
  await page.keyboard.type('1-1-1');
  await page.keyboard.press('Tab');
  await page.keyboard.type('21');
  await page.keyboard.press('Enter');
  await page.getByRole('alertdialog').waitFor();
}

async function twoVersions(page: Page, { hms }: At) {
  const doctor = await hms.as('doctor');
  const { body } = await doctor.get(`/api/encounters/${visits.stale}/note`);
  const theirs = { reason: body.reason, findings: `${body.findings}\nSeen by the night doctor.`, plan: body.plan };
  await page.locator('#note-findings').waitFor();
  await doctor.put(`/api/encounters/${visits.stale}/note`, theirs, { 'if-match': `W/"${body.version}"` });
  await page.locator('#note-findings').press('End');
  await page.keyboard.type(' Troponin taken.');
  await page.getByRole('button', { name: 'Keep both' }).waitFor();
}

const doctor = { as: 'doctor' };
const scenes: Scene[] = [
  { page: 'my-day', state: 'filled', ...doctor, path: '/my-day' },
  { page: 'my-day', state: 'everybody', ...doctor, path: '/my-day?who=all' },
  { page: 'my-day', state: 'nurse', as: 'nurse', path: '/my-day' },
  {
    page: 'my-day',
    state: 'empty',
    ...doctor,
    path: '/my-day',
    async arrange(page) {
      const none = { json: { items: [] } };
      await page.route(/\/api\/(encounters|appointments)\?/, (route) => route.fulfill(none));
      await page.reload();
      await page.getByText('Nobody is waiting').first().waitFor();
    },
    leave: (page) => page.unrouteAll(),
  },
  { page: 'visit', state: 'writing', ...doctor, path: visit('writing') },
  { page: 'visit', state: 'waiting', ...doctor, path: visit('waiting') },
  { page: 'visit', state: 'signed', ...doctor, path: visit('signed') },
  { page: 'visit', state: 'finished', ...doctor, path: visit('finished') },
  { page: 'visit', state: 'nurse', as: 'nurse', path: visit('writing') },
  {
    page: 'visit',
    state: 'vitals-error',
    as: 'nurse',
    path: visit('writing'),
    async arrange(page) {
      await page.fill('#vitals-temperature', '367');
      await page.keyboard.press('Enter');
      await page.locator('#vitals-temperature[aria-invalid=true]').waitFor();
    },
  },
  {
    page: 'visit',
    state: 'record',
    ...doctor,
    path: visit('writing'),
    width: 390,
    arrange: (page) => page.getByRole('button', { name: 'Record', exact: true }).click(),
  },
  {
    page: 'visit',
    state: 'diagnosis',
    ...doctor,
    path: visit('writing'),
    async arrange(page) {
      await page.locator('#note-findings').waitFor();
      await page.getByRole('heading', { name: 'Visit note' }).click();
      await page.keyboard.press('d');
      await page.keyboard.type('angina');
      await page.getByRole('option').first().waitFor();
    },
  },
  { page: 'visit', state: 'allergy-alert', ...doctor, path: visit('writing'), arrange: prescribePenicillin },
  {
    page: 'visit',
    state: 'finish-dialog',
    ...doctor,
    path: visit('writing'),
    async arrange(page) {
      await page.getByRole('button', { name: 'Finish visit' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { page: 'visit', state: 'stale', ...doctor, path: visit('stale'), arrange: twoVersions },
];

looks('visits', scenes, furnish);
