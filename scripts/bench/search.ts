// npm run bench:search [-- --patients N]: how long it takes to find somebody among a million, over HTTP, audit included.
import { parseArgs } from 'node:util';
import { service } from '../../core/actor.ts';
import { sql, type Db } from '../../core/database.ts';
import { z } from 'zod';
import { startHms } from '../../test/hms.ts';
import { demoPatients } from '../../plugins/patients/demo.ts';
import { readConfig } from '../../core/config.ts';

const { values } = parseArgs({
  options: { patients: { type: 'string', default: '1000000' }, rounds: { type: 'string', default: '40' } },
});
const patients = Number(values.patients);
const rounds = Number(values.rounds);

/** Of five patients one keeps a name of the demonstration, as Müller and Nguyen are common; the others are named by syllables. */
const nameThem = (db: Db) =>
  db.query(sql.unsafe`
    with syllable as (
      select array['ba','ko','ri','len','mar','sto','vi','han','der','ka','mi','to','sen','wal','fer','go','ni','ra','sch','lin','du','pe','ost','bri','ten','sa','lo','gar','el','zu'] as s
    ), numbered as (
      select p.id, row_number() over () as n from patients.patient p
    )
    update patients.patient p
    set family_name = initcap(s[1 + abs(hashint8(n)) % 30] || s[1 + abs(hashint8(n * 3)) % 30] || s[1 + abs(hashint8(n * 5)) % 30]
      || case when n % 3 = 0 then s[1 + abs(hashint8(n * 7)) % 30] else '' end)
    from numbered join syllable on true
    where numbered.id = p.id and n % 5 > 0
  `);

const hms = await startHms(['auth', 'facility', 'patients'], {
  env: { OPENWARD_ROLE: 'web', LOG_LEVEL: 'silent', OPENWARD_LIMITS: 'all=999999999' },
});
try {
  const began = performance.now();
  const { zone, currency } = readConfig({});
  const owner = { ...hms.db, actor: service('bench') };
  for (let done = 0; done < patients; done += 100_000)
    await demoPatients(owner, {
      patients: Math.min(100_000, patients - done),
      visitsPerPatient: 1,
      passwordPepper: '',
      zone,
      currency,
      progress: () => {},
    });
  await nameThem(hms.db);
  await hms.db.query(sql.unsafe`vacuum analyze patients.patient, patients.name_word`);
  console.log(`${patients} patients in ${Math.round((performance.now() - began) / 1000)} s`);
  const Someone = z.strictObject({
    familyName: z.string(),
    givenName: z.string(),
    recordNumber: z.string(),
    phone: z.string(),
    birthDate: z.string(),
  });
  const some = await hms.db.any(sql.type(Someone)`
    select family_name, given_name, record_number, phone, birth_date from patients.patient order by hashtextextended(id::text, 1) limit ${rounds}
  `);
  const clerk = await hms.as('receptionist');
  const letters = (word: string, n: number) => word.slice(0, n);
  const swapped = (word: string) => word.slice(0, 2) + (word[3] ?? '') + (word[2] ?? '') + word.slice(4);
  const questions: Record<string, (it: z.infer<typeof Someone>) => string> = {
    'one letter': (it) => letters(it.familyName, 1),
    'two letters': (it) => letters(it.familyName, 2),
    'three letters': (it) => letters(it.familyName, 3),
    'family name': (it) => it.familyName,
    'a common name': () => 'Müller',
    'given name': (it) => it.givenName,
    'given, family': (it) => `${it.givenName} ${it.familyName}`,
    'family, a letter': (it) => `${it.familyName} ${letters(it.givenName, 1)}`,
    'a letter, common name': (it) => `${letters(it.givenName, 1)} Müller`,
    'inside of a name': (it) => it.familyName.slice(1, 5),
    'two that nobody has': (it) => `${it.familyName} Xaver`,
    'name and birth date': (it) => `${letters(it.familyName, 3)} ${it.birthDate}`,
    'birth date': (it) => it.birthDate,
    'record number': (it) => it.recordNumber,
    'three figures': (it) => it.recordNumber.replace(/\D/g, '').slice(0, 3),
    'end of the phone': (it) => it.phone.slice(-6),
    'two letters swapped': (it) => swapped(it.familyName),
    'a letter left out': (it) => it.familyName.slice(0, 3) + it.familyName.slice(4),
    'two names with slips': (it) => `${swapped(it.familyName)} ${swapped(it.givenName)}`,
    nonsense: (it) => `qx${letters(it.givenName, 2)}zj`,
  };
  const all: number[] = [];
  const at = (sorted: number[], share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  const line = (what: string, times: number[], found: number) => {
    const sorted = times.toSorted((a, b) => a - b);
    console.log(
      `${what.padEnd(24)} ${at(sorted, 0.5).toFixed(1).padStart(8)} ${at(sorted, 0.95).toFixed(1).padStart(8)} ${sorted.at(-1)!.toFixed(1).padStart(8)}   ${found.toFixed(1)} found`,
    );
  };
  console.log(`${''.padEnd(24)}   median      p95      max   (milliseconds)`);
  for (const [what, question] of Object.entries(questions)) {
    const times: number[] = [];
    let found = 0;
    for (const it of some) {
      const begun = performance.now();
      const { status, body } = await clerk.post('/api/patients/search', { text: question(it), limit: 12 });
      times.push(performance.now() - begun);
      if (status !== 200) throw new Error(`${what}: ${status}`);
      found += body.items.length / some.length;
    }
    line(what, times, found);
    all.push(...times);
  }
  line('all', all, 0);
} finally {
  await hms.stop();
}
