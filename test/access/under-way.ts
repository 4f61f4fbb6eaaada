import type { Client } from '../hms.ts';
import type { House, Whose } from './hospital.ts';

/**
 * What the demo hospital has not, or not of everybody, at eight in the morning: visits and stays in each of their states. Begun
 * through the front door, for somebody of each kind.
 */
export const beginWork = async (house: House): Promise<void> => {
  for (const whose of ['foreign', 'protected'] as const) await beginFor(house, whose);
  await openInvoice(house, `patient_id = '${house.own}'`);
  await findSlot(house);
  await house.learnOwners();
};

const beginFor = async (house: House, whose: Whose): Promise<void> => {
  const client = house.caller('everything', true);
  const practitionerId = (await house.rows(`select id from facility.practitioner order by id limit 1`))[0]!.id;
  const free = await freePatients(house, whose);
  const visit = async (...steps: ['start'?, 'note'?]): Promise<void> => {
    let at = await done(client.post('/api/encounters', { patientId: free.pop(), practitionerId, reason: 'cough' }));
    if (steps.includes('start')) at = await done(client.post(`/api/encounters/${at.id}/start`, {}, ifMatch(at)));
    if (!steps.includes('note')) return;
    const note = { reason: 'cough', findings: 'clear', plan: 'rest' };
    await done(client.put(`/api/encounters/${at.id}/note`, note, { 'if-none-match': '*' }));
  };
  await visit();
  await visit('start');
  await visit('start', 'note');

  const stock = await house.rows(`
    select l.medication_id as id from pharmacy.lot l join pharmacy.stock_movement m on m.lot_id = l.id
    where l.status = 'released' and l.usable_until > core.now() + interval '30 days' group by 1 order by sum(m.quantity) desc limit 1`);
  const tablets = {
    medicationId: stock[0]!.id,
    dosageText: 'one a day',
    quantity: 5,
    overrideReason: 'no other helps',
  };
  for (let n = 0; n < 2; n++)
    await done(client.post('/api/medication-requests', { patientId: free.pop(), ...tablets }));

  const [test] = await house.rows(`select id from laboratory.test where loinc = '718-7'`);
  await done(client.post('/api/laboratory/orders', { patientId: free.pop(), items: [{ testId: test!.id }] }));

  const wardId = (await house.rows('select id from inpatient.ward order by id limit 1'))[0]!.id;
  const bed = async (n: number) => (await done(client.post('/api/beds', { wardId, name: `${whose} ${n}` }))).id;
  await bed(0); // stays free
  const ask = () => done(client.post('/api/stays', { patientId: free.pop(), practitionerId, reason: 'pneumonia' }));
  const step = (stay: Versioned, name: string, body: object = {}) =>
    done(client.post(`/api/stays/${stay.id}/${name}`, body, ifMatch(stay)));
  await ask();
  await step(await ask(), 'reserve', { bedId: await bed(1) });
  const ordered = await step(await step(await ask(), 'admit', { bedId: await bed(2) }), 'order-discharge');
  await step(ordered, 'clear');
  await step(await step(await ask(), 'admit', { bedId: await bed(3) }), 'transfer', { bedId: await bed(4) });

  const twins = await house.rows(`
    with twin as (
      insert into patients.patient (family_name, given_name, gender, birth_date)
      select 'Twin', '${whose}', 'female', '1970-01-01' from generate_series(1, 2) returning id
    ),
    label as (insert into core.subject_label (subject_id, label) select id, 'restricted' from twin where '${whose}' = 'protected')
    select id from twin`);
  const merged = `/api/patients/${twins[0]!.id}/merge`;
  const { patient, other } = (await client.get(`${merged}?otherId=${twins[1]!.id}`)).body as Record<string, Versioned>;
  const both = { otherId: other!.id, otherVersion: other!.version, reason: 'the same passport' };
  await done(client.post(merged, both, ifMatch(patient!)));

  const of = `patient_id = any('{${free.join()}}')`;
  await house.rows(`
    update scheduling.appointment set status = 'pending'
    where id = (select id from scheduling.appointment where status = 'booked' and starts_at > core.now() and ${of} order by id limit 1)`);
  await openInvoice(house, of);
};

const openInvoice = (house: House, of: string) =>
  house.rows(`
    update billing.invoice set status = 'issued', paid_minor = paid_minor - 100
    where id = (select id from billing.invoice where status = 'balanced' and paid_minor > 100 and ${of} order by id limit 1)`);

/** A time that the patient may move a visit to, or book. */
const findSlot = async (house: House): Promise<void> => {
  const visits = await house.rows(`
    select service_id as service, practitioner_id as practitioner from scheduling.appointment
    where patient_id = '${house.own}' and status = 'booked' and starts_at > core.now() + interval '2 days' order by id`);
  for (const { service, practitioner } of visits) {
    const query = new URLSearchParams({ serviceId: service!, practitionerId: practitioner! });
    const { body } = await house.caller('patient').get(`/api/portal/slots?${query.toString()}`);
    const [slot] = (body as { items?: { start: string; end: string }[] }).items ?? [];
    if (!slot) continue;
    house.slot = { serviceId: service!, practitionerId: practitioner!, startsAt: slot.start, endsAt: slot.end };
    return;
  }
};

export const freeBed = `it.state = 'U' and not exists (select from inpatient.bed_stay b where b.bed_id = it.id and b.status in ('active', 'reserved'))`;

/** Who is neither here nor has been told of anything yet. */
const freePatients = async (house: House, whose: Whose): Promise<string[]> => {
  const all = await house.rows(`
    select p.id from patients.patient p
    where not exists (select from ehr.encounter e where e.patient_id = p.id and e.status <> 'finished')
      and not exists (select from inpatient.stay s where s.patient_id = p.id and s.status not in ('discharged', 'cancelled'))
      and p.deceased_at is null and p.family_name not in ('Doppel', 'Twin') order by p.id`);
  return all
    .map(({ id }) => id!)
    .filter((id) => !house.ofPortalUser.has(id) && house.protectedPatients.has(id) === (whose === 'protected'));
};

interface Versioned {
  id: string;
  version: number;
}
const ifMatch = ({ version }: Versioned) => ({ 'if-match': `W/"${version}"` });
const done = async (answer: ReturnType<Client['post']>): Promise<Versioned> => {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body as Versioned;
};
