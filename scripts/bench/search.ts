// npm run bench:search [-- --patients N]: how long it takes to find somebody among a million, over HTTP, audit included.
import { parseArgs } from 'node:util';
import { sql, type Db } from '../../core/database.ts';
import { z } from 'zod';
import { startHms } from '../../test/hms.ts';
import { openBrowser, visit } from '../../test/ui/browser.ts';
import { untilPainted } from './paint.ts';

const { values } = parseArgs({
  options: { patients: { type: 'string', default: '1000000' }, rounds: { type: 'string', default: '40' } },
});
const patients = Number(values.patients);
const rounds = Number(values.rounds);

const syllables =
  'ba ko ri len mar sto vi han der ka mi to sen wal fer go ni ra sch lin du pe ost bri ten sa lo gar el zu'.split(' ');
const common = ['Müller', 'Nguyen', 'Smith', 'Garcia', 'Yılmaz', 'Kowalska', 'Haddad', 'Silva', 'Okafor', 'Li'];
const given =
  'Anna Sara Lea Ines Zahra Yui Olga Mia Claire Fatima Jonas Omar Luca Arjun Kwame Pablo Nils Jan Wei Rui María Hannah Leila László'.split(
    ' ',
  );

/** Of five people one has a common name, the others one of some hundred thousand; in pieces that a statement's time is enough for. */
const register = async (db: Db): Promise<void> => {
  const list = (words: readonly string[]) => sql.array([...words], 'text');
  const pick = (words: readonly string[], salt: number) =>
    sql.fragment`(${list(words)})[1 + (hashint8extended(n, ${salt}) & 1048575) % ${words.length}]`;
  for (let done = 0; done < patients; done += 50_000)
    await db.query(sql.unsafe`
      insert into patients.patient (family_name, given_name, gender, birth_date, phone, city)
      select
        case when n % 5 = 0 then ${pick(common, 1)}
          else initcap(${pick(syllables, 2)} || ${pick(syllables, 3)} || ${pick(syllables, 4)} || case when n % 3 = 0 then ${pick(syllables, 5)} else '' end) end,
        ${pick(given, 6)}, 'unknown', date '1930-01-01' + ((hashint8extended(n, 7) & 1048575) % 34000)::integer,
        '+49 30 55' || lpad(((hashint8extended(n, 8) & 1048575) % 1000000)::text, 6, '0'), 'Lindenau'
      from generate_series(${done + 1}::bigint, ${Math.min(done + 50_000, patients)}::bigint) n
    `);
};

const hms = await startHms(['auth', 'facility', 'patients'], {
  env: { OPENWARD_ROLE: 'web', LOG_LEVEL: 'silent', OPENWARD_LIMITS: 'all=999999999' },
});
try {
  const began = performance.now();
  await register(hms.db);
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

  // What the person sees: a record number, from its last key until the list under the field shows whose it is.
  const browser = await openBrowser();
  try {
    const { page } = await visit(browser, hms.url, 'receptionist', '/');
    const button = page.getByRole('button', { name: 'Find a patient' });
    await button.waitFor();
    await page.waitForLoadState('networkidle');
    const painted: number[] = [];
    for (const it of some.slice(0, 20)) {
      await button.click();
      const field = page.getByRole('combobox');
      await field.fill(it.familyName.slice(0, 3));
      await page.getByRole('option').first().waitFor();
      await page.waitForTimeout(300);
      const number = it.recordNumber;
      await field.fill('');
      await page.waitForTimeout(300);
      // As fast as nobody types: what is measured begins with the last key, and nothing of it stands there before.
      painted.push(await untilPainted(page, 'keydown', '[role=option]', number, () => page.keyboard.type(number)));
      await page.keyboard.press('Escape');
    }
    const sorted = painted.toSorted((a, b) => a - b);
    console.log(
      `from the last key to its answer on the screen: ${at(sorted, 0.5).toFixed(0)} ms median, ${at(sorted, 0.95).toFixed(0)} ms p95, ${sorted.at(-1)!.toFixed(0)} ms at most`,
    );
  } finally {
    await browser.close();
  }
} finally {
  await hms.stop();
}
