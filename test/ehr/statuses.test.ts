import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { invariants } from '../../plugins/ehr/invariants.ts';
import { merge, unmerge } from '../patients/merging.ts';
import { etag, startWard, type Ward } from './ward.ts';

const test = suite<{ hms: Ward }>('ehr: which status a visit had when');
test.before(async (at) => {
  at.hms = await startWard();
});
test.after((at) => at.hms?.stop());
test.after.each(async ({ hms }) => {
  for (const [rule, query] of Object.entries(invariants)) assert.equal(await hms.db.any(query), [], rule);
});

const type = { 'content-type': 'application/fhir+json' };
const root = '/fhir/R4/Encounter';
const at = (day: number, time: string) => `2026-03-${String(day).padStart(2, '0')}T${time}:00Z`;

const arrived = async (hms: Ward, when: string, patientId?: string): Promise<string> => {
  await hms.setClock(when);
  const { status, body } = await hms.walkIn(patientId ?? (await hms.patient()));
  assert.is(status, 201, JSON.stringify(body));
  return body.id;
};
const act = async (hms: Ward, id: string, verb: 'start' | 'finish' | 'cancel', when: string): Promise<void> => {
  await hms.setClock(when);
  const { encounter } = (await hms.doctor.get(`/api/encounters/${id}`)).body;
  const { status, body } = await hms.doctor.post(`/api/encounters/${id}/${verb}`, {}, etag(encounter.version));
  assert.is(status, 200, JSON.stringify(body));
};
const read = async (hms: Ward, path: string) => {
  const { status, body } = await hms.doctor.get(`${root}/${path}`);
  assert.is(status, 200, JSON.stringify(body));
  return body;
};
const put = async (hms: Ward, id: string, resource: object): Promise<void> => {
  const { status, body } = await hms.doctor.put(`${root}/${id}`, resource, type);
  assert.is(status, 200, JSON.stringify(body));
};
interface Past {
  status: string;
  period: { start: string; end: string };
}
/** `arrived 08:00–08:12`; of an Encounter that says nothing of before: nothing. */
const past = ({ statusHistory }: { statusHistory?: Past[] }): string[] =>
  (statusHistory ?? []).map(
    ({ status, period }) => `${status} ${period.start.slice(11, 16)}–${period.end.slice(11, 16)}`,
  );

const stages = async (hms: Ward, query = '') => {
  const { status, body } = await hms.nurse.get(`/api/encounters/stages${query}`);
  assert.is(status, 200, JSON.stringify(body));
  return Object.fromEntries(
    body.items.map(({ stage, ...it }: Record<string, unknown>) => [
      stage,
      [it.now, it.longestSince, it.ended, it.median, it.longest],
    ]),
  );
};

test('who waits, is with the doctor and has left today, and for how many minutes', async ({ hms }) => {
  assert.equal(await stages(hms), {
    waiting: [0, null, 0, null, null],
    'in-progress': [0, null, 0, null, null],
    whole: [0, null, 0, null, null],
  });
  const one = await arrived(hms, at(2, '08:00'));
  const two = await arrived(hms, at(2, '08:05'));
  assert.equal((await stages(hms)).waiting, [2, at(2, '08:00'), 0, null, null]);
  await act(hms, one, 'start', at(2, '08:12'));
  const three = await arrived(hms, at(2, '08:15'));
  await act(hms, one, 'finish', at(2, '08:40'));
  await act(hms, two, 'start', at(2, '08:41'));
  assert.equal(await stages(hms), {
    waiting: [1, at(2, '08:15'), 2, 24, 36],
    'in-progress': [1, at(2, '08:41'), 1, 28, 28],
    whole: [2, at(2, '08:05'), 1, 40, 40],
  });
  await act(hms, three, 'cancel', at(2, '08:50'));
  await act(hms, two, 'finish', at(2, '09:11'));
  const all = {
    waiting: [0, null, 2, 24, 36],
    'in-progress': [0, null, 2, 29, 30],
    whole: [0, null, 2, 53, 66],
  };
  assert.equal(await stages(hms), all, 'who left without being seen has waited in vain and is not counted');
  assert.equal(await stages(hms, `?practitionerId=${hms.practitioner}&departmentId=${hms.department}`), all);
  assert.equal((await stages(hms, `?departmentId=${hms.practitioner}`)).whole, [0, null, 0, null, null]);
  assert.equal((await hms.clerk.get('/api/encounters/stages')).status, 200);
  assert.equal((await (await hms.as('labtech')).get('/api/encounters/stages')).status, 403);
  assert.equal((await hms.doctor.get('/api/encounters/stages?date=2026-03-02')).status, 400);
});

test('a day is that of the clock on the wall; what nobody has ended since yesterday is not waiting', async ({
  hms,
}) => {
  const forgotten = await arrived(hms, at(4, '07:00'));
  const night = await arrived(hms, at(4, '22:50'));
  assert.is((await stages(hms)).waiting[0], 2);
  await act(hms, night, 'start', at(4, '23:10'));
  assert.equal(await stages(hms), {
    waiting: [0, null, 1, 20, 20],
    'in-progress': [1, at(4, '23:10'), 0, null, null],
    whole: [1, at(4, '22:50'), 0, null, null],
  });
  await act(hms, forgotten, 'cancel', at(4, '23:20'));
  await act(hms, night, 'finish', at(4, '23:30'));
  assert.equal((await stages(hms)).whole, [0, null, 1, 40, 40]);
});

test('an Encounter says which status it had before, and an old version what was before it', async ({ hms }) => {
  const id = await arrived(hms, at(5, '08:00'));
  assert.is('statusHistory' in (await read(hms, id)), false);
  await act(hms, id, 'start', at(5, '08:12'));
  await act(hms, id, 'finish', at(5, '08:40'));
  const { status, statusHistory } = await read(hms, id);
  assert.is(status, 'finished');
  assert.equal(statusHistory, [
    { status: 'arrived', period: { start: at(5, '08:00'), end: at(5, '08:12') } },
    { status: 'in-progress', period: { start: at(5, '08:12'), end: at(5, '08:40') } },
  ]);
  assert.equal(past(await read(hms, `${id}/_history/2`)), ['arrived 08:00–08:12']);
  assert.equal(past(await read(hms, `${id}/_history/1`)), []);
});

test('a start that is taken back never was; what is begun again begins anew', async ({ hms }) => {
  const id = await arrived(hms, at(6, '08:00'));
  await act(hms, id, 'start', at(6, '08:12'));
  const { statusHistory: _, ...started } = await read(hms, id);
  await hms.setClock(at(6, '08:14'));
  await put(hms, id, { ...started, status: 'arrived', period: { start: at(6, '08:00') } });
  assert.equal(past(await read(hms, id)), []);
  assert.equal((await stages(hms)).waiting, [1, at(6, '08:00'), 0, null, null]);
  await act(hms, id, 'start', at(6, '08:30'));
  assert.equal(past(await read(hms, id)), ['arrived 08:00–08:30']);
  assert.equal((await stages(hms)).waiting, [0, null, 1, 30, 30]);
  assert.equal(past(await read(hms, `${id}/_history/2`)), ['arrived 08:00–08:12'], 'what was thought then stays');
  await act(hms, id, 'finish', at(6, '08:50'));
});

test('what another system says of when counts; who sends back what they have read takes nothing away', async ({
  hms,
}) => {
  const id = await arrived(hms, at(9, '08:00'));
  await hms.setClock(at(9, '09:00'));
  const waiting = await read(hms, id);
  await put(hms, id, { ...waiting, status: 'finished', period: { start: at(9, '08:20'), end: at(9, '08:45') } });
  assert.equal(past(await read(hms, id)), ['arrived 08:00–08:20', 'in-progress 08:20–08:45']);
  const finished = await read(hms, id);
  await put(hms, id, { ...finished, statusHistory: undefined, period: { start: at(9, '07:50'), end: at(9, '08:40') } });
  assert.equal(past(await read(hms, id)), ['arrived 07:50–07:50', 'in-progress 07:50–08:40']);

  const other = await arrived(hms, at(9, '10:00'));
  await act(hms, other, 'start', at(9, '10:10'));
  const started = await read(hms, other);
  assert.equal(past(started), ['arrived 10:00–10:10']);
  await hms.setClock(at(9, '10:40'));
  await put(hms, other, { ...started, status: 'finished', period: { ...started.period, end: at(9, '10:40') } });
  assert.equal(past(await read(hms, other)), ['arrived 10:00–10:10', 'in-progress 10:10–10:40']);
});

test('leave and return are told one after the other', async ({ hms }) => {
  const id = await arrived(hms, at(10, '08:00'));
  await act(hms, id, 'start', at(10, '08:10'));
  for (const [status, time] of [
    ['onleave', '08:20'],
    ['in-progress', '08:50'],
  ] as const) {
    const { statusHistory: _, ...body } = await read(hms, id);
    await hms.setClock(at(10, time));
    await put(hms, id, { ...body, status });
  }
  await act(hms, id, 'finish', at(10, '09:00'));
  assert.equal(past(await read(hms, id)), [
    'arrived 08:00–08:10',
    'in-progress 08:10–08:20',
    'onleave 08:20–08:50',
    'in-progress 08:50–09:00',
  ]);
  assert.equal((await stages(hms))['in-progress'], [0, null, 1, 20, 20], 'of the leave the doctor knows nothing');
});

test('statuses go with their visit to another patient: by a merge, back again, and by a correction', async ({
  hms,
}) => {
  const admin = await hms.as('admin');
  const [kept, gone] = [await hms.patient(), await hms.patient({ familyName: 'Otherwise' })];
  const id = await arrived(hms, at(11, '08:00'), gone);
  const owners = () =>
    hms.db.anyFirst(
      sql.type(z.strictObject({ patientId: z.uuid() }))`
        select patient_id from ehr.encounter_status where encounter_id = ${id} order by number
      `,
    );
  const merged = await merge(admin, kept, gone);
  assert.is(merged.status, 200, JSON.stringify(merged.body));
  assert.equal(await owners(), [kept]);
  await act(hms, id, 'start', at(11, '08:10'));
  const parted = await unmerge(admin, kept, gone);
  assert.is(parted.status, 200, JSON.stringify(parted.body));
  assert.equal(await owners(), [gone, gone]);
  assert.equal(past(await read(hms, id)), ['arrived 08:00–08:10']);

  await put(hms, id, { ...(await read(hms, id)), subject: { reference: `Patient/${kept}` } });
  assert.equal(await owners(), [kept, kept]);
  await act(hms, id, 'finish', at(11, '08:20'));
});

test('visits that come many at once, in any status, have what their times say', async ({ hms }) => {
  const patientId = await hms.patient();
  await hms.setClock(at(12, '12:00'));
  await hms.db.query(sql.unsafe`
    insert into ehr.encounter (patient_id, status, arrived_at, started_at, ended_at)
    select ${patientId}, it.* from (values
      ('planned', null::timestamptz, null::timestamptz, null::timestamptz),
      ('arrived', core.now() - interval '9 minutes', null, null),
      ('in-progress', core.now() - interval '9 minutes', core.now() - interval '4 minutes', null),
      ('in-progress', null, null, null),
      ('finished', core.now() - interval '9 minutes', core.now() - interval '4 minutes', core.now()),
      ('finished', null, core.now() - interval '4 minutes', core.now()),
      ('cancelled', core.now() - interval '9 minutes', null, null)) it
  `);
  const found = await hms.db.anyFirst(sql.type(z.strictObject({ past: z.string() }))`
    select string_agg(h.status || ' ' || to_char(h.began_at, 'HH24:MI') || coalesce('–' || to_char(h.ended_at, 'HH24:MI'), ''), ', ' order by h.number) as past
    from ehr.encounter e join ehr.encounter_status h on h.encounter_id = e.id
    where e.patient_id = ${patientId}
    group by e.id
    order by e.status, 1
  `);
  assert.equal(found, [
    'arrived 11:51',
    'cancelled 11:51',
    'arrived 11:51–11:56, in-progress 11:56–12:00, finished 12:00',
    'in-progress 11:56–12:00, finished 12:00',
    'arrived 11:51–11:56, in-progress 11:56',
    'in-progress 12:00',
    'planned 12:00',
  ]);
});
test.run();
