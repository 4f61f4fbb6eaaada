import { sql, type Db } from '../../../core/database.ts';
import type { DemoPlan } from '../../../core/plugin.ts';
import { demoPeople } from './people.ts';

const family =
  'Müller Nguyen Haddad Okafor Silva Kowalska Rossi Yilmaz Petrov Lindqvist Tanaka Dubois Weber Santos Abebe Singh Kim Chen Brown Garcia Johansson Fischer Ivanova Osei Novák Horváth Andersen Costa Moreau Bianchi Schneider Wójcik Popescu Demir Hansen Murphy Larsen Jansen Ricci Fernández Nowak Keller Marino Öztürk Ahmed Mensah Diallo Sato Park Wang Patel Khan Ali Hussein Kaya Schmid Baumann Richter Vogel Krause'.split(
    ' ',
  );
const women =
  'Anna Sara Lea Ines Zahra Yui Olga Mia Claire Fatima Elena Sofía Emma Nadia Ingrid Aylin Priya Chiara Julia Amina Marta Hannah Leila Ewa Katarína Rosa Nina Carmen Greta Thi-Mai'.split(
    ' ',
  );
const men =
  'Jonas Omar Luca Arjun Kwame Pablo Nils Jan Wei Rui Deniz Tom Minjun Ahmed Paul Mateo Viktor Elias Hugo Samuel Karl Yusuf Marco Anton Felix Diego Ibrahim Kenji Oskar László'.split(
    ' ',
  );
const towns = ['Lindenau', 'Weststadt', 'Altmarkt', 'Seeheim', 'Nordend', 'Brückental', 'Rosenfeld', 'Grünau'];
const streets = [
  'Gartenstraße',
  'Mühlweg',
  'Bahnhofstraße',
  'Am Anger',
  'Schulgasse',
  'Lindenallee',
  'Ringstraße',
  'Kirchplatz',
  'Bergweg',
  'Uferstraße',
];

const list = (words: readonly string[]) => sql.array([...words], 'text');
/** A deterministic number in [0, most) for row n and a purpose. */
const pick = (salt: number, most: number) =>
  sql.fragment`((hashint8extended(n, ${salt}) & 2147483647) % ${most})::integer`;

/** Patients of a small town: as many children and old people as a hospital sees, some no longer alive. */
export const demoPatients = async (owner: Db, plan: DemoPlan): Promise<void> => {
  await owner.query(sql.unsafe`
    with made as (
      select n, ${pick(1, 2)} = 0 as woman,
        (core.now() at time zone ${plan.zone})::date - (365 * case when ${pick(2, 10)} < 2 then ${pick(3, 17)} when ${pick(2, 10)} < 7 then 18 + ${pick(3, 47)} else 65 + ${pick(3, 30)} end + ${pick(4, 365)}) as born
      from generate_series(1, ${plan.patients}::bigint) n
    )
    insert into patients.patient
      (family_name, given_name, gender, birth_date, deceased_at, phone, email, address_line, postal_code, city, country, language, created_at, updated_at)
    select
      (${list(family)})[1 + ${pick(5, family.length)}],
      case when woman then (${list(women)})[1 + ${pick(6, women.length)}] else (${list(men)})[1 + ${pick(6, men.length)}] end,
      case when woman then 'female' else 'male' end,
      born,
      case when ${pick(7, 100)} = 0 and born < core.now() - interval '60 years' then core.now() - make_interval(days => 20 + ${pick(8, 300)}) end,
      '+49 30 55' || lpad(${pick(9, 1000000)}::text, 6, '0'),
      case when ${pick(10, 3)} > 0 then 'p' || n || '@example.org' end,
      (${list(streets)})[1 + ${pick(11, streets.length)}] || ' ' || 1 + ${pick(12, 120)},
      lpad((10000 + ${pick(13, 80)} * 7)::text, 5, '0'),
      (${list(towns)})[1 + ${pick(14, towns.length)}],
      'DE',
      (${list(['de', 'de', 'de', 'en', 'es', 'ar'])})[1 + ${pick(15, 6)}],
      core.now() - interval '2 years', core.now() - interval '2 years'
    from made
    order by n
  `);
  await demoPeople(owner, plan);
};
