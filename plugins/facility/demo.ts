import { sql, type Db } from '../../core/database.ts';
import type { DemoPlan } from '../../core/plugin.ts';

/** In this order they fill a third of the hospital each. */
const departments = [
  { name: 'Family medicine', specialty: 'General practice' },
  { name: 'Cardiology', specialty: 'Cardiology' },
  { name: 'Paediatrics', specialty: 'Paediatrics' },
];

/** The first of a department is its usual visit; demo visits are cut to its length. */
const services = [
  ['Family medicine', 'Consultation', 20, 'FM-CONSULT'],
  ['Family medicine', 'Follow-up visit', 20, 'FM-FOLLOWUP'],
  ['Family medicine', 'Vaccination', 10, 'FM-VACCINE'],
  ['Cardiology', 'Cardiology consultation', 30, 'CA-CONSULT'],
  ['Cardiology', 'Cardiology follow-up', 30, 'CA-FOLLOWUP'],
  ['Cardiology', 'ECG', 15, 'CA-ECG'],
  ['Paediatrics', 'Paediatric consultation', 20, 'PA-CONSULT'],
  ['Paediatrics', 'Well-child check', 20, 'PA-CHECK'],
  ['Paediatrics', 'Child vaccination', 10, 'PA-VACCINE'],
];

/** Each in the first room of its department. */
const devices = [
  ['Ultrasound 1', 'Ultrasound', 'Cardiology'],
  ['ECG 1', 'ECG', 'Cardiology'],
  ['ECG 2', 'ECG', 'Cardiology'],
  ['X-ray', 'X-ray', 'Family medicine'],
];

const practitioners = [
  ['Diallo', 'Amina', 'Dr', 'female'],
  ['Sørensen', 'Henrik', 'Dr', 'male'],
  ['Fernández', 'Lucía', 'Dr', 'female'],
  ['Zieliński', 'Tomasz', 'Dr', 'male'],
  ['Baumann', 'Ingrid', 'Prof.', 'female'],
  ['Iyer', 'Rajesh', 'Dr', 'male'],
  ['Khalil', 'Maryam', 'Dr', 'female'],
  ['Lefèvre', 'Olivier', 'Dr', 'male'],
  ['Bellini', 'Chiara', 'Dr', 'female'],
  ['Mensah', 'Kofi', 'Dr', 'male'],
  ['Kaya', 'Elif', 'Dr', 'female'],
  ['Tanaka', 'Kenji', 'Dr', 'male'],
];
/** Beyond the twelve, given and family names are combined. */
const families = [
  'Adeyemi',
  'Andersson',
  'Barros',
  'Chowdhury',
  'Conti',
  'Duarte',
  'Eriksen',
  'Farouk',
  'Gonzalez',
  'Hartmann',
  'Horvat',
  'Ibrahim',
  'Jansen',
  'Kovács',
  'Laurent',
  'Lindholm',
  'Mazur',
  'Moreau',
  'Nakamura',
  'Novotný',
  'Ortega',
  'Papadakis',
  'Qureshi',
  'Rahman',
  'Romano',
  'Sato',
  'Schreiber',
  'Tesfaye',
  'Vasquez',
  'Wójcik',
  'Yamada',
];
const givens = [
  'Ana',
  'Bilal',
  'Clara',
  'David',
  'Elena',
  'Farid',
  'Greta',
  'Hugo',
  'Inès',
  'Jakub',
  'Keiko',
  'Luca',
  'Marta',
  'Nadia',
  'Omid',
  'Petra',
  'Samuel',
  'Tariq',
  'Vera',
];

/** One for about 5,000 visits of two years, in sixes so that two of a department share a room; never below twelve. */
const staffFor = ({ patients, visitsPerPatient }: DemoPlan): number =>
  Math.max(12, Math.ceil((patients * visitsPerPatient) / 5000 / 6) * 6);

/**
 * Three departments, twelve practitioners (more when the visits need them), a room for every two of them, some equipment, services with
 * their charge codes. The user `doctor` is the first practitioner. In the order of their ids: a third of staff and rooms for each department.
 */
export const demoFacility = async (owner: Db, plan: DemoPlan): Promise<void> => {
  const staff = staffFor(plan);
  const names = Array.from({ length: staff }, (_, n) => {
    const [family, given, prefix, gender] = practitioners[n] ?? [
      families[(n * 7) % families.length],
      givens[(n * 11) % givens.length],
      'Dr',
      null,
    ];
    return [n, family!, given!, prefix!, gender!, departments[Math.floor((n * 3) / staff)]!.name];
  });
  const rooms = Array.from({ length: staff / 2 }, (_, n) => [n, departments[Math.floor((n * 6) / staff)]!.name]);

  await owner.query(sql.unsafe`
    insert into facility.organization (kind, name, phone, email, address_line, city, postal_code, country)
    values ('hospital', 'OpenWard General Hospital', '+49 30 5550 100', 'info@openward.example', 'Lindenallee 12', 'Berlin', '10115', 'DE')
  `);
  await owner.query(sql.unsafe`
    insert into facility.organization (kind, parent_id, name)
    select 'department', hospital.id, d.name
    from unnest(${sql.array(
      departments.map(({ name }) => name),
      'text',
    )}) with ordinality d (name, n), facility.organization hospital
    where hospital.kind = 'hospital'
    order by d.n
  `);
  await owner.query(sql.unsafe`
    insert into facility.healthcare_service (name, organization_id, duration_minutes, charge_code)
    select s.name, o.id, s.minutes, s.code
    from ${sql.unnest(services, ['text', 'text', 'int4', 'text'])} with ordinality s (department, name, minutes, code, n)
    join facility.organization o on o.kind = 'department' and o.name = s.department
    order by s.n
  `);
  await owner.query(sql.unsafe`
    with site as (
      insert into facility.location (kind, name, organization_id, phone, address_line, city, postal_code, country)
      select 'site', 'Main building', id, phone, address_line, city, postal_code, country from facility.organization where kind = 'hospital'
      returning id
    )
    insert into facility.location (kind, name, organization_id, parent_id)
    select 'room', 'Room ' || r.n + 1, o.id, site.id
    from ${sql.unnest(rooms, ['int4', 'text'])} r (n, department)
    join facility.organization o on o.kind = 'department' and o.name = r.department
    cross join site
    order by r.n
  `);
  await owner.query(sql.unsafe`
    insert into facility.device (name, type, organization_id, location_id, serial_number)
    select d.name, d.type, o.id, (select l.id from facility.location l where l.organization_id = o.id and l.kind = 'room' order by l.id limit 1), 'SN-' || 41000 + d.n * 37
    from ${sql.unnest(devices, ['text', 'text', 'text'])} with ordinality d (name, type, department, n)
    join facility.organization o on o.kind = 'department' and o.name = d.department
    order by d.n
  `);
  await owner.query(sql.unsafe`
    with doctor as (select id from auth."user" where username = 'doctor'),
    named as (
      select p.*, uuidv7() as id
      from ${sql.unnest(names, ['int4', 'text', 'text', 'text', 'text', 'text'])} p (n, family_name, given_name, prefix, gender, department)
      order by p.n
    ),
    made as (
      insert into facility.practitioner (id, family_name, given_name, prefix, gender, user_id)
      select id, family_name, given_name, prefix, gender, case when n = 0 then (select id from doctor) end from named
      returning id
    )
    insert into facility.practitioner_role (practitioner_id, organization_id, specialty)
    select made.id, o.id, d.specialty
    from made
    join named on named.id = made.id
    join facility.organization o on o.kind = 'department' and o.name = named.department
    join ${sql.unnest(
      departments.map((it) => [it.name, it.specialty]),
      ['text', 'text'],
    )} d (name, specialty) on d.name = o.name
    order by named.n
  `);
};
