import { sql, type Query } from '../../core/database.ts';

/** Sentence of a rule → query that must return no row; each holds by constraint or trigger, and is looked at again here. */
export const invariants: Record<string, Query> = {
  'an appointment has one visit': sql.unsafe`
    select appointment_id from ehr.encounter where appointment_id is not null and status <> 'entered-in-error' group by appointment_id having count(*) > 1
  `,
  'a finished visit has ended': sql.unsafe`
    select id from ehr.encounter where status = 'finished' and ended_at is null and fhir_extra is null
  `,
  'a visit has had one status after the other, without a gap, until its present one': sql.unsafe`
    select e.id from ehr.encounter e left join ehr.encounter_status h on h.encounter_id = e.id and h.ended_at is null
    where h.status is distinct from e.status
    union all
    select h.encounter_id
    from (select encounter_id, ended_at, lead(began_at) over (partition by encounter_id order by number) as next_at from ehr.encounter_status) h
    where h.ended_at is distinct from h.next_at
  `,
  'no more is dispensed than prescribed': sql.unsafe`
    select id from ehr.medication_request where dispensed_quantity > quantity
  `,
  'what is dispensed is what pharmacy told': sql.unsafe`
    select m.id from ehr.medication_request m join ehr.medication_request_fill f on f.medication_request_id = m.id
    group by m.id having sum(f.quantity) <> m.dispensed_quantity
  `,
  'nobody has allergies and no known allergy': sql.unsafe`
    select patient_id from ehr.allergy_intolerance where active group by patient_id having bool_or(none_known) and bool_or(not none_known) and bool_and(fhir_extra is null)
  `,
  'what belongs to a visit belongs to its patient': sql.unsafe`
    select o.id from ehr.observation o join ehr.encounter e on e.id = o.encounter_id where e.patient_id <> o.patient_id
    union all select c.id from ehr.condition c join ehr.encounter e on e.id = c.encounter_id where e.patient_id <> c.patient_id
    union all select n.id from ehr.composition n join ehr.encounter e on e.id = n.encounter_id where e.patient_id <> n.patient_id
    union all select m.id from ehr.medication_request m join ehr.encounter e on e.id = m.encounter_id where e.patient_id <> m.patient_id
  `,
};
