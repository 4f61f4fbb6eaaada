import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { localeOf, say } from '../../../core/messages.ts';
import { sql, type Db } from '../../../core/database.ts';
import { Look, Medicine, type OwnAllergies, OwnAllergy, PastVisit, Result } from '../model.ts';

// All of it is asked as the role `patient`: maySee says whose rows, and row-level security says it once more.

const shape = <T extends z.ZodType>(of: T) => z.strictObject({ it: of });

// -- results ------------------------------------------------------------------------------------------------------------------

const resultColumns = sql.fragment`
  r.id, r.test_id, t.display, t.names, coalesce(r.value::text, r.value_text) as value, r.unit, r.interpretation as flag, r.low::text as low, r.high::text as high,
  r.comment, coalesce(s.collected_at, r.verified_at) as at, r.released_at, r.corrections > 0 as corrected
`;
/** What the laboratory has released, and nothing that would tell that there is more. */
const released = (own: Db) => sql.fragment`
  from laboratory.result r
  join laboratory.test t on t.id = r.test_id
  left join laboratory.specimen s on s.id = r.specimen_id
  where r.status = 'verified' and r.released_at <= core.now() and ${maySee(own, 'r.patient_id')}
`;

/** Newest release first. */
export const listResults = (own: Db, limit: number): Promise<readonly z.infer<typeof Result>[]> =>
  own.any(sql.type(Result)`
    select ${resultColumns} ${released(own)} order by r.released_at desc, t.position, r.id limit ${limit}
  `);

export const getResult = (own: Db, id: string): Promise<z.infer<typeof Result>> =>
  own.one(sql.type(Result)`select ${resultColumns} ${released(own)} and r.id = ${id}`);

const Earlier = Result.pick({ value: true, at: true, flag: true, low: true, high: true });
/** All of the same test, oldest first, in the same unit. */
export const listSameTest = (own: Db, it: z.infer<typeof Result>): Promise<readonly z.infer<typeof Earlier>[]> =>
  own.any(sql.type(Earlier)`
    select coalesce(r.value::text, r.value_text) as value, coalesce(s.collected_at, r.verified_at) as at, r.interpretation as flag, r.low::text as low, r.high::text as high
    ${released(own)} and r.test_id = ${it.testId} and r.unit is not distinct from ${it.unit} and r.value is not null
    order by 2, r.id
    limit 60
  `);

// -- medicines, allergies, visits that were -------------------------------------------------------------------------------------

/** What is prescribed now, then what was. `dispenses`: whether the pharmacy is part of this hospital. */
export const listMedicines = (own: Db, dispenses: boolean): Promise<readonly z.infer<typeof Medicine>[]> =>
  own.any(sql.type(Medicine)`
    select r.id, r.medication_display as display, r.dosage_text as instruction, r.status, r.quantity, r.unit, r.dispensed_quantity as dispensed,
      coalesce(p.display_name, r.requester_name) as prescriber, r.authored_at, ${
        dispenses
          ? sql.fragment`(
              select max(d.dispensed_at) from pharmacy.medication_dispense d
              where d.medication_request_id = r.id and d.status = 'completed' and ${maySee(own, 'd.patient_id')}
            )`
          : sql.fragment`null::timestamptz`
      } as last_dispensed_at
    from ehr.medication_request r
    left join facility.practitioner p on p.id = r.requester_id
    where r.status in ('active', 'on-hold', 'completed', 'stopped') and ${maySee(own, 'r.patient_id')}
    order by r.status not in ('active', 'on-hold'), r.authored_at desc nulls last, r.id
    limit 100
  `);

export const listAllergies = async (own: Db): Promise<z.infer<typeof OwnAllergies>> => {
  const rows = await own.any(
    sql.type(OwnAllergy.extend({ noneKnown: z.boolean() }))`
      select a.id, a.display, a.criticality, a.reaction, a.none_known
      from ehr.allergy_intolerance a
      where a.active and ${maySee(own, 'a.patient_id')}
      order by (a.criticality = 'high') desc nulls last, a.display, a.id
      limit 100
    `,
  );
  const items = rows.filter(({ noneKnown }) => !noneKnown).map(({ noneKnown: _, ...it }) => it);
  const state = items.length > 0 ? 'recorded' : rows.length > 0 ? 'none-known' : 'not-recorded';
  return { state, items };
};

/** When, where, with whom, and what was found. Notes are not shown: nothing says that one was written for the patient. */
export const listPastVisits = (own: Db, limit: number): Promise<readonly z.infer<typeof PastVisit>[]> =>
  own
    .any(
      sql.type(shape(PastVisit))`
        select json_build_object(
          'id', e.id, 'at', core.json_time(coalesce(e.started_at, e.arrived_at)), 'status', e.status, 'departmentName', d.name,
          'practitionerName', p.display_name, 'serviceName', s.name,
          'diagnoses', (
            select coalesce(json_agg(c.display order by c.recorded_at, c.id), '[]')
            from ehr.condition c
            where c.encounter_id = e.id and c.verification_status = 'confirmed' and ${maySee(own, 'c.patient_id')}
          )) as it
        from ehr.encounter e
        left join facility.organization d on d.id = e.department_id
        left join facility.practitioner p on p.id = e.practitioner_id
        left join facility.healthcare_service s on s.id = e.service_id
        where e.status = 'finished' and ${maySee(own, 'e.patient_id')}
        order by e.begins_at desc, e.id desc
        limit ${limit}
      `,
    )
    .then((rows) => rows.map(({ it }) => it));

// -- who looked -----------------------------------------------------------------------------------------------------------------

const Row = Look.extend({ key: z.string() });
/** How many there are to a page at most; as the function in the database has it. */
const mostLooks = 200;

/** A page, newest first: what this account did itself is left out. Roles are said in the language of the reader. */
export const listLooks = async (
  own: Db,
  { limit, after }: { limit: number; after: readonly (string | number)[] | null },
  language: string | undefined,
): Promise<readonly z.infer<typeof Row>[]> => {
  const locale = localeOf(language);
  const rows = await own.any(sql.type(Row)`
    select at, key, by, name, roles, relation, area, act, emergency, times
    from portal.who_looked(${limit}::integer, ${after?.[0] ?? null}::timestamptz, ${after?.[1] ?? null}::text)
  `);
  return rows.map((it) => ({
    ...it,
    roles: it.roles.map((role) => (shippedRoles.has(role) ? say(`role_${role}`, locale) : role)),
  }));
};
export type LookRow = z.infer<typeof Row>;
export const lookOf = ({ key: _, ...it }: LookRow): z.infer<typeof Look> => it;

/** All of them, for the file that somebody keeps. */
export const listAllLooks = async (own: Db, language: string | undefined): Promise<z.infer<typeof Look>[]> => {
  const all: z.infer<typeof Look>[] = [];
  let last: LookRow | undefined;
  do {
    const rows = await listLooks(own, { limit: mostLooks, after: last ? [last.at, last.key] : null }, language);
    all.push(...rows.map(lookOf));
    last = rows.length === mostLooks ? rows.at(-1) : undefined;
  } while (last);
  return all;
};
const shippedRoles = new Set(['admin', 'doctor', 'nurse', 'receptionist', 'pharmacist', 'cashier', 'labtech']);
