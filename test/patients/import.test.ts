import { parse } from 'csv-parse/sync';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { forgetImports } from '../../plugins/patients/import/jobs/index.ts';
import { clientOf, password, startHms, type Answer, type Client, type TestHms } from '../hms.ts';
import {
  all,
  checked,
  decide,
  heading,
  lines,
  open,
  patients,
  plugins,
  problem,
  send,
  take,
  version,
  work,
  Count,
} from './importing.ts';

const test = suite<{ hms: TestHms; clerk: Client; admin: Client }>('patients: import');

test.before(open);
test.after((at) => at.hms?.stop());

test('what would come of a file is shown before anybody is registered, and then all of it is taken', async (at) => {
  const before = await patients(at);
  const it = await checked(
    at,
    [
      'Apellidos;Nombre;name.given;Fecha de nacimiento;Sexo;telecom.phone;E-mail;Address line 1;Address line 2;Ciudad;Código postal;País;Idioma;Identifier type;Identifier;Contact;Relationship;Contact phone',
      'Abadía;Ana;María;01.02.1980;mujer;+34 600 100 200;ana@example.org;"Calle Uno 1\nBajo";"Puerta; 2";Sevilla;41001;España;español;PPN;X-123 456;Abadía, Luis;Father;+34 600 100 201',
      'Bauer;Jörg;;1975-12-31;male;;;;;;;;de;;;;;',
    ].join('\r\n'),
  );
  assert.is(it.status, 'ready');
  assert.equal(it.counts, {
    lines: 2, new: 2, probable: 0, certain: 0, inFile: 0, taken: 0, broken: 0, imported: 0, toTake: 2, undecided: 0,
  }); // prettier-ignore
  assert.is(await patients(at), before, 'nobody is registered by looking');
  assert.equal(
    (await all(at.clerk, it.id)).map(({ number, outcome }) => [number, outcome]),
    [
      [2, 'new'],
      [4, 'new'],
    ],
  );
  const answer = await take(at.clerk, it);
  assert.is(answer.status, 202, JSON.stringify(answer.body));
  assert.is(answer.body.status, 'taking');
  await work(at);
  const done = (await at.clerk.get(`/api/patients/imports/${it.id}`)).body;
  assert.equal([done.status, done.counts.imported, done.done], ['taken', 2, 2]);
  assert.is(await patients(at), before + 2);
  const [ana, joerg] = await all(at.clerk, it.id);
  const { body } = await at.clerk.get(`/api/patients/${ana.patientId}`);
  assert.equal(
    [body.familyName, body.givenName, body.birthDate, body.gender, body.email, body.addressLine, body.postalCode, body.city, body.country, body.language],
    ['Abadía', 'Ana María', '1980-02-01', 'female', 'ana@example.org', 'Calle Uno 1, Bajo, Puerta; 2', '41001', 'Sevilla', 'España', 'es'],
  ); // prettier-ignore
  const numbers = (await at.clerk.get(`/api/patients/${ana.patientId}/identifiers`)).body.items;
  assert.equal(
    numbers.map((n: Answer['body']) => [n.code, n.value]),
    [['PPN', 'X-123 456']],
  );
  const contacts = (await at.clerk.get(`/api/patients/${ana.patientId}/contacts`)).body.items;
  assert.equal(
    contacts.map((c: Answer['body']) => [c.familyName, c.givenName, c.relationship, c.phone]),
    [['Abadía', 'Luis', 'FTH', '+34 600 100 201']],
  );
  assert.is((await at.clerk.get(`/api/patients/${joerg.patientId}`)).body.familyName, 'Bauer');

  // As registration does: an event, and an entry under the name of whoever took it; and one for the import.
  const Entry = z.object({ action: z.string(), username: z.string(), count: z.int() });
  const entries = await at.hms.db.any(sql.type(Entry)`
    select a.action, u.username::text as username, count(*)::int as count from core.audit a join auth."user" u on u.id = a.actor_id
    where a.patient_ids && ${sql.array([ana.patientId, joerg.patientId], 'uuid')} and a.action = 'C' group by 1, 2
  `);
  assert.equal(entries, [{ action: 'C', username: 'receptionist', count: 2 }]);
  const ofImport = await at.hms.db.oneFirst(sql.type(Count)`
    select count(*)::int as count from core.audit where object = ${`PatientImport/${it.id}`} and detail = '2 patients registered'
  `);
  assert.is(ofImport, 1);
  const events = await at.hms.db.oneFirst(sql.type(Count)`
    select count(*)::int as count from core.outbox
    where name = 'patients.patient-registered' and subject_id = any(${sql.array([ana.patientId, joerg.patientId], 'uuid')})
  `);
  assert.is(events, 2);
});

test('the same file again gives nobody anew, nor do its lines among others, in another order of columns', async (at) => {
  const text = lines('Again,Anna,1980-01-01,f,+49 30 600001,Berlin', 'Again,Bert,1981-01-01,m,,');
  const it = await checked(at, text);
  await take(at.clerk, it);
  await work(at);
  const before = await patients(at);
  const second = await checked(at, text);
  assert.equal([second.counts.new, second.counts.taken, second.counts.toTake], [0, 2, 0]);
  assert.equal(problem(await take(at.clerk, second)), [422, 'import-nothing']);
  const third = await checked(
    at,
    'Sex;Birth date;Given names;Family name;City;Phone\r\nm;01.01.1981;Bert;Again;;\r\nf;02.02.1982;Clara;Fresh;;',
  );
  assert.equal([third.counts.taken, third.counts.new], [1, 1]);
  await take(at.clerk, third);
  await work(at);
  assert.is(await patients(at), before + 1);
});

test('a broken line is told with its number, column and reason; nothing is kept unless the good lines are wanted', async (at) => {
  const before = await patients(at);
  const it = await checked(
    at,
    [
      `${heading},Email,Language,Identifier type,Identifier,Contact,Relationship`,
      'Good,Gina,1990-05-05,f,,,,,,,,',
      ',Nameless,1990-05-05,f,,,,,,,,',
      'Sexless,Sam,1990-05-05,unclear,,,,,,,,',
      'Future,Fred,2027-01-01,m,,,,,,,,',
      '"Lines',
      'Two",Ted,31.02.1990,m,,,,,,,,',
      'Phone,Paul,1990-05-05,m,no phone,,,,,,,',
      'Mail,Mia,1990-05-05,f,,,nobody,,,,,',
      'Kind,Kim,1990-05-05,f,,,,,ZZZ,1,,',
      'Alone,Ada,1990-05-05,f,,,,,,4711,,',
      'Empty,Eve,1990-05-05,f,,,,,PPN,,,',
      'Lone,Leo,1990-05-05,m,,,,,,,Somebody,',
      'Aunt,Amy,1990-05-05,f,,,,,,,Somebody,Aunt Polly',
      'Long,Lea,1990-05-05,f,,,,,,,,,too,many',
      'Short,Sue,1990-05-05',
      'Quo"te,Quin,1990-05-05,m,,,,,,,,',
      'Tongue,Tim,1990-05-05,m,,,,Klingonish,,,,',
      'Several,,1990-05-05,x9,,,,,,,,',
    ].join('\n'),
  );
  assert.equal(
    (await all(at.clerk, it.id, '&outcome=broken')).map(({ number, problems }) => [
      number,
      ...problems.map((p: Answer['body']) => `${p.column} ${p.code}`),
    ]),
    [
      [3, '1 missing'],
      [4, '4 gender-unknown'],
      [5, '3 birth-date-future'],
      [6, '3 birth-date-unreadable'],
      [8, '5 phone-unreadable'],
      [9, '7 email-unreadable'],
      [10, '9 identifier-type-unknown'],
      [11, '9 identifier-type-missing'],
      [12, '10 identifier-value-missing'],
      [13, '12 contact-incomplete'],
      [14, '12 relationship-unknown'],
      [15, '13 too-many-fields'],
      [16, '4 too-few-fields'],
      [17, '1 quote'],
      [18, '8 language-unreadable'],
      [19, '2 missing', '4 gender-unknown'],
    ],
  );
  assert.equal([it.counts.new, it.counts.broken], [1, 16]);
  assert.equal(problem(await take(at.clerk, it)), [422, 'import-broken-lines']);
  assert.is(await patients(at), before);
  const again = (await at.clerk.get(`/api/patients/imports/${it.id}`)).body;
  assert.equal([again.status, again.version], ['ready', it.version], 'refused, and nothing has changed');
  assert.is((await take(at.clerk, again, { goodLinesOnly: true })).status, 202);
  await work(at);
  assert.is(await patients(at), before + 1);

  const answer = await at.clerk.fetch(`/api/patients/imports/${it.id}/refused`, {
    headers: { 'accept-language': 'en' },
  });
  assert.is(answer.headers.get('content-type'), 'text/csv; charset=utf-8');
  const rows: string[][] = parse(await answer.text(), { bom: true, relax_column_count: true });
  assert.is(rows.length, 17);
  assert.is(rows[0]!.at(-1), 'Reason not imported');
  assert.is(rows[1]!.at(-1), 'Column 1 (Family name): It is empty and is needed.');
  assert.is(rows[4]![0], 'Lines\nTwo');
});

test('what is refused can be mended and sent again, and no spreadsheet runs any of it', async (at) => {
  const it = await checked(
    at,
    lines('=HYPERLINK("x"),Evil,1990-05-05,nothing,+49 30 600100,@home'.replaceAll('"', '')),
  );
  const text = await (await at.clerk.fetch(`/api/patients/imports/${it.id}/refused`)).text();
  assert.match(text, /'=HYPERLINK/);
  assert.match(text, /'\+49 30 600100/);
  assert.match(text, /'@home/);
  const mended = await checked(at, text.replace('nothing', 'male'));
  assert.equal([mended.status, mended.counts.new], ['ready', 1], 'its headings are all known');
  const [line] = await all(at.clerk, mended.id);
  assert.is(line.familyName, '=HYPERLINK(x)');
  await at.clerk.del(`/api/patients/imports/${mended.id}`, version(mended));
});

test('a check digit, a number of somebody here, and one twice in the file are told at their columns', async (at) => {
  const type = await at.admin.post('/api/identifier-types', {
    code: 'SB',
    name: 'Card',
    system: 'urn:test:card',
    checkDigit: 'verhoeff',
  });
  assert.is(type.status, 201);
  const { body: types } = await at.clerk.get('/api/identifier-types');
  const passport = types.items.find((it: Answer['body']) => it.code === 'PPN');
  const holder = await at.clerk.post('/api/patients', {
    familyName: 'Holder', givenName: 'Hans', birthDate: '1950-01-01', gender: 'male', phone: '+49 30 600200', city: 'Berlin',
    identifiers: [{ typeId: passport.id, value: 'C01X' }],
  }); // prettier-ignore
  assert.is(holder.status, 201);
  const it = await checked(
    at,
    [
      'Family name,Given names,Birth date,Sex,Card,identifier.PPN',
      'Right,Rita,1990-01-01,f,2363,',
      'Wrong,Wilma,1991-01-01,f,2364,',
      'Taken,Tina,1992-01-01,f,,c-01 x',
      'Once,Olga,1993-01-01,f,,D02',
      'Twice,Tess,1994-01-01,f,,d 02',
    ].join('\n'),
  );
  assert.equal(
    (await all(at.clerk, it.id)).map(({ number, outcome, problems }) => [number, outcome, ...problems]),
    [
      [2, 'new'],
      [3, 'broken', { column: 5, code: 'identifier-check-digit' }],
      [4, 'broken', { column: 6, code: 'identifier-in-use' }],
      [5, 'new'],
      [6, 'broken', { column: 6, code: 'identifier-twice', line: 5 }],
    ],
  );
});

test('who probably is here already needs a decision; who certainly is is skipped unless there is a reason', async (at) => {
  const known = await at.clerk.post('/api/patients', {
    familyName: 'Vandermeer', givenName: 'Quentin', birthDate: '1961-07-08', gender: 'male', phone: '+49 30 600300', city: 'Berlin',
  }); // prettier-ignore
  assert.is(known.status, 201);
  const it = await checked(
    at,
    lines(
      'Vandermeer,Quentin,1961-07-08,m,+49 30 600300,Berlin',
      'Vandermeer,Quentin,1961-08-07,m,,Bonn',
      'Vandermeer,Quentin,1961-08-07,m,,Bonn',
      'Vandermeer,Quentin,1961-08-07,m,,Köln',
      'Elsewhere,Else,1977-07-07,f,,',
      'Elsewhere,Else,1977-07-07,f,,Ulm',
    ),
  );
  const found = await all(at.clerk, it.id);
  assert.equal(
    found.map(({ number, outcome, candidate, sameAs, willTake }) => [
      number, outcome, candidate?.id === known.body.id, sameAs, willTake,
    ]),
    [
      [2, 'certain', true, null, false],
      [3, 'probable', true, null, false],
      [4, 'taken', false, 3, false],
      [5, 'probable', true, 3, false],
      [6, 'new', false, null, true],
      [7, 'in-file', false, 6, false],
    ],
  ); // prettier-ignore
  assert.ok(found[0].candidate.score >= 0.9 && found[1].candidate.score >= 0.7);
  assert.equal(problem(await take(at.clerk, it)), [422, 'import-undecided']);
  assert.equal(
    problem(await decide(at.clerk, it, { lines: [3], decision: 'take' })),
    [400, 'invalid'],
    'with a reason only',
  );
  assert.equal(problem(await decide(at.clerk, it, { lines: [6], decision: 'skip' })), [
    422,
    'import-nothing-to-decide',
  ]);
  const one = await decide(at.clerk, it, { lines: [3], decision: 'take', reason: 'his twin cousin' });
  assert.is(one.status, 200, JSON.stringify(one.body));
  const two = await decide(at.clerk, one.body, { outcome: 'in-file', decision: 'take', reason: 'two of one name' });
  assert.equal([two.body.counts.undecided, two.body.counts.toTake], [1, 3]);
  assert.equal(problem(await decide(at.clerk, it, { lines: [5], decision: 'skip' })), [412, 'version-stale']);
  const three = await decide(at.clerk, two.body, { lines: [5], decision: 'skip' });
  assert.equal([three.body.counts.undecided, three.body.counts.toTake], [0, 3]);
  assert.is((await take(at.clerk, three.body)).status, 202);
  await work(at);
  const taken = await all(at.clerk, it.id, '&outcome=imported');
  assert.equal(
    taken.map(({ number }) => number),
    [3, 6, 7],
  );
  const Reason = z.strictObject({ reason: z.string() });
  const reasons = await at.hms.db.anyFirst(sql.type(Reason)`
    select reason from patients.not_same where patient_id = ${taken[0].patientId} and other_id = ${known.body.id}
  `);
  assert.equal(reasons, ['his twin cousin']);
});

test('whoever is hidden from the reader is not told: the line is as of somebody new', async (at) => {
  const hidden = await at.clerk.post('/api/patients', {
    familyName: 'Verborgen', givenName: 'Viktoria', birthDate: '1966-06-06', gender: 'female', phone: '+49 30 600400', city: 'Berlin',
  }); // prettier-ignore
  const text = lines('Verborgen,Viktoria,1966-06-06,f,+49 30 600400,Berlin');
  await at.hms.asAdmin(`insert into core.subject_label (subject_id, label) values ('${hidden.body.id}', 'restricted')`);
  await at.hms.asAdmin(
    `insert into core.clearance (user_id, label) select id, 'restricted' from auth."user" where username = 'admin'`,
  );
  const it = await checked(at, text);
  assert.equal([it.counts.new, it.counts.certain, it.counts.toTake], [1, 0, 1]);
  const answer = await at.clerk.get(`/api/patients/imports/${it.id}/lines`);
  assert.is(answer.body.items[0].candidate, null);
  assert.not.match(JSON.stringify(answer.body), new RegExp(hidden.body.id));
  assert.not.match(JSON.stringify(answer.body), new RegExp(hidden.body.recordNumber));
  const cleared = (await at.admin.get(`/api/patients/imports/${it.id}`)).body;
  assert.equal([cleared.counts.new, cleared.counts.certain], [0, 1], 'who may see them sees it');

  // Imported by somebody else, then put under protection: the same line tells nothing either.
  const other = await checked(at, lines('Geheim,Gerda,1967-07-07,f,,'), at.admin);
  await take(at.admin, other);
  await work(at);
  const [line] = await all(at.admin, other.id);
  await at.hms.asAdmin(`insert into core.subject_label (subject_id, label) values ('${line.patientId}', 'restricted')`);
  const mine = await checked(at, lines('Geheim,Gerda,1967-07-07,f,,'));
  assert.equal([mine.counts.new, mine.counts.taken], [1, 0]);
  assert.equal((await at.clerk.get(`/api/patients/imports/${other.id}/lines`)).body.items, [], 'nor who came of it');
  assert.equal((await at.clerk.get(`/api/patients/imports/${other.id}`)).body.counts.lines, 0);
});

test('days that can be read in two ways are asked about, and the figures decide where they can', async (at) => {
  const clear = await checked(at, lines('Day,Dora,31/12/1980,f,,', 'Day,Dirk,01/02/1981,m,,'));
  assert.is(clear.dateOrder, 'dmy');
  assert.equal(
    (await all(at.clerk, clear.id)).map((it) => it.birthDate),
    ['1980-12-31', '1981-02-01'],
  );
  const american = await checked(at, lines('Month,Mona,12/31/1980,f,,'));
  assert.equal([american.dateOrder, american.counts.new], ['mdy', 1]);
  const open = await checked(at, lines('Open,Olaf,03/04/1980,m,,'));
  assert.equal([open.status, open.needsDateOrder, open.counts], ['columns', true, null]);
  const set = (it: Answer['body'], dateOrder: string | null) =>
    at.clerk.put(
      `/api/patients/imports/${it.id}/columns`,
      { meanings: it.columns.map((c: Answer['body']) => c.meaning), dateOrder },
      version(it),
    );
  assert.equal(problem(await set(open, null)), [422, 'import-date-order']);
  assert.equal(problem(await take(at.clerk, open)), [409, 'import-not-now']);
  const said = await set(open, 'mdy');
  assert.is(said.status, 200, JSON.stringify(said.body));
  await work(at);
  assert.is((await all(at.clerk, open.id))[0].birthDate, '1980-03-04');
  // Said otherwise, everything is looked at anew.
  const ready = (await at.clerk.get(`/api/patients/imports/${open.id}`)).body;
  await set(ready, 'dmy');
  await work(at);
  assert.is((await all(at.clerk, open.id))[0].birthDate, '1980-04-03');
});

test('an unknown column is named, and somebody says what it means', async (at) => {
  const it = await checked(at, 'Nachname,Given names,geboren,Sex,Shoe size\nSchuh,Susi,2001-01-01,f,38\n');
  assert.is(it.status, 'columns');
  assert.equal(
    it.columns.filter((c: Answer['body']) => c.isUnknown).map((c: Answer['body']) => [c.heading, c.example]),
    [
      ['Nachname', 'Schuh'],
      ['geboren', '2001-01-01'],
      ['Shoe size', '38'],
    ],
  );
  const put = (meanings: string[], headers = version(it)) =>
    at.clerk.put(`/api/patients/imports/${it.id}/columns`, { meanings }, headers);
  assert.equal(problem(await put(['familyName', 'givenName', '', 'gender', ''])), [422, 'import-column-missing']);
  assert.equal(problem(await put(['familyName', 'givenName', 'birthDate', 'gender'])), [422, 'import-columns-differ']);
  assert.equal(problem(await put(['familyName', 'givenName', 'birthDate', 'gender', 'gender'])), [
    422,
    'import-column-twice',
  ]);
  assert.equal(problem(await put(['familyName', 'givenName', 'birthDate', 'gender', 'shoes'])), [400, 'invalid']);
  assert.is((await put(['familyName', 'givenName', 'birthDate', 'gender', ''])).status, 200);
  await work(at);
  const [line] = await all(at.clerk, it.id);
  assert.equal([line.outcome, line.familyName, line.birthDate], ['new', 'Schuh', '2001-01-01']);
  assert.equal(problem(await put(['familyName', 'givenName', 'birthDate', 'gender', ''])), [412, 'version-stale']);
});

test('hombre and mujer are not taken for male by their M', async (at) => {
  const it = await checked(at, lines('Letra,Luz,1980-01-01,M,,', 'Letra,Hugo,1981-01-01,H,,'));
  assert.equal(
    (await all(at.clerk, it.id)).map(({ gender }) => gender),
    ['female', 'male'],
  );
  const both = await checked(at, lines('Mix,Mara,1980-01-01,M,,', 'Mix,Hugo,1981-01-01,H,,', 'Mix,Fay,1982-01-01,F,,'));
  assert.equal(
    (await all(at.clerk, both.id)).map(({ outcome }) => outcome),
    ['broken', 'broken', 'new'],
  );
});

test('UTF-8 with its mark and Windows-1252 are read, with comma, semicolon or tab', async (at) => {
  const name = async (bytes: Buffer) => {
    const it = await checked(at, bytes);
    const [line] = await all(at.clerk, it.id);
    return [it.encoding, it.delimiter, line.familyName, line.givenName];
  };
  const text = (sign: string) => ['Family name', 'Given names', 'Birth date', 'Sex'].join(sign);
  const who = (sign: string, family: string) => [family, 'Zoë', '1970-01-01', 'f'].join(sign);
  const bytes = (sign: string, family = 'Müßig') => `${text(sign)}\r\n${who(sign, family)}\r\n`;
  assert.equal(await name(Buffer.from('\uFEFF' + bytes(','))), ['utf-8', ',', 'Müßig', 'Zoë']);
  assert.equal(await name(Buffer.from(bytes('\t', 'Müßiger'))), ['utf-8', '\t', 'Müßiger', 'Zoë']);
  const windows = Buffer.from(bytes(';', '\u0080ugen'), 'latin1');
  assert.equal(await name(windows), ['windows-1252', ';', '€ugen', 'Zoë']);
});

test('who lacks the permission is refused, and a file is thrown away by hand or by itself', async (at) => {
  const nurse = await at.hms.as('nurse');
  assert.is((await send(nurse, lines('No,Nina,1980-01-01,f,,'))).status, 403);
  const it = await checked(at, lines('Gone,Gabi,1978-08-08,f,,'));
  assert.is((await nurse.get(`/api/patients/imports/${it.id}`)).status, 403);
  assert.is((await at.clerk.del(`/api/patients/imports/${it.id}`)).status, 428);
  assert.is((await at.clerk.del(`/api/patients/imports/${it.id}`, version({ version: 99 }))).status, 412);
  assert.is((await at.clerk.del(`/api/patients/imports/${it.id}`, version(it))).status, 204);
  assert.is((await at.clerk.get(`/api/patients/imports/${it.id}`)).status, 404);
  assert.is((await at.clerk.get(`/api/patients/imports/${it.id}/lines`)).status, 404);
  const left = () =>
    at.hms.db.oneFirst(sql.type(Count)`
      select ((select count(*) from patients.import) + (select count(*) from patients.import_line)
        + (select count(*) from patients.import_candidate))::int as count
    `);
  const taken = await checked(at, lines('Kept,Karl,1979-09-09,m,,'));
  await take(at.clerk, taken);
  await work(at);
  const people = await patients(at);
  await at.hms.setClock('2026-03-10T09:00:00Z');
  await forgetImports(at.hms.hms.db(service('patients')));
  assert.is((await at.clerk.get(`/api/patients/imports/${taken.id}`)).status, 200, 'a taken one stays a month');
  await at.hms.setClock('2026-04-10T09:00:00Z');
  await forgetImports(at.hms.hms.db(service('patients')));
  assert.is(await left(), 0);
  assert.is(await patients(at), people, 'who was registered stays');
  const again = await checked(at, lines('Kept,Karl,1979-09-09,m,,'));
  assert.is(again.counts.taken, 1, 'and what was taken is still known');
});

test('under the policy of sites only colleagues of one site see a file', async () => {
  const hms = await startHms(plugins, {
    now: '2026-03-02T09:00:00Z',
    env: { OPENWARD_ROLE: 'web', OPENWARD_SEE: 'sites' },
  });
  try {
    await hms.asAdmin(`
      insert into auth."user" (username, display_name, password_hash)
      select name, name, (select password_hash from auth."user" where username = 'receptionist') from unnest('{desk-one,desk-two,desk-far}'::text[]) name;
      insert into auth.user_role (user_id, role) select id, 'receptionist' from auth."user" where username::text like 'desk-%';
      insert into facility.location (id, kind, name) values
        ('00000000-0000-4000-8000-000000000001', 'site', 'One'), ('00000000-0000-4000-8000-000000000002', 'site', 'Two');
      insert into core.user_site (user_id, site_id)
      select id, case username::text when 'desk-far' then '00000000-0000-4000-8000-000000000002' else '00000000-0000-4000-8000-000000000001' end::uuid
      from auth."user" where username::text like 'desk-%'`);
    const [one, two, far] = await Promise.all(
      ['desk-one', 'desk-two', 'desk-far'].map(async (username) => {
        const { body } = await hms.anonymous.post('/api/auth/login', { username, password });
        return clientOf(hms.url, body.accessToken);
      }),
    );
    const at = { hms, clerk: one! };
    const it = await checked(at, lines('Site,Sven,1980-01-01,m,,'));
    assert.is((await two!.get(`/api/patients/imports/${it.id}`)).status, 200);
    assert.is((await two!.get('/api/patients/imports')).body.items.length, 1);
    for (const answer of [
      await far!.get(`/api/patients/imports/${it.id}`),
      await far!.get(`/api/patients/imports/${it.id}/lines`),
      await far!.get(`/api/patients/imports/${it.id}/refused`),
      await take(far!, it),
      await decide(far!, it, { outcome: 'probable', decision: 'skip' }),
      await far!.put(`/api/patients/imports/${it.id}/columns`, { meanings: ['', '', '', '', '', ''] }, version(it)),
      await far!.del(`/api/patients/imports/${it.id}`, version(it)),
    ])
      assert.is(answer.status, 404, JSON.stringify(answer.body));
    assert.equal((await far!.get('/api/patients/imports')).body.items, []);
    assert.is((await take(two!, it)).status, 202);
    await work(at);
    const [line] = await all(one!, it.id);
    assert.is((await two!.get(`/api/patients/${line.patientId}`)).status, 200, 'of the site of whoever took it');
    assert.is((await far!.get(`/api/patients/${line.patientId}`)).status, 404);
    // A patient of another site is not told: the same line is new there.
    const theirs = await checked(at, lines('Site,Sven,1980-01-01,m,,'), far);
    assert.equal([theirs.counts.new, theirs.counts.taken], [1, 0]);
  } finally {
    await hms.stop();
  }
});

test.run();
