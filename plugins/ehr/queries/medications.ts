import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { likeText } from '../../../core/like.ts';
import { medicationJson, medicationRequestJson, one } from '../json.ts';
import { Medication, MedicationRequest } from '../model.ts';

const Id = z.strictObject({ id: z.uuid() });

/** The formulary by any words of the display; where a word begins one there, it comes first: "5" means 5 mg before 2.5 mg. */
export const listMedications = (db: Db, words: readonly string[], limit: number): Promise<readonly Medication[]> =>
  db.anyFirst(sql.type(one(Medication))`
    select ${medicationJson('m')} as it
    from ehr.medication m
    where ${sql.and([
      sql.fragment`m.formulary and coalesce(m.status, 'active') = 'active'`,
      ...words.map(
        (word) =>
          sql.fragment`lower(m.display || ' ' || coalesce(m.ingredient, '')) like '%' || ${likeText(word.toLowerCase())} || '%'`,
      ),
    ])}
    order by ${
      words.length === 0
        ? sql.fragment`0::int`
        : sql.join(
            words.map(
              (word) =>
                sql.fragment`(lower(' ' || m.display) like '% ' || ${likeText(word.toLowerCase())} || '%')::int`,
            ),
            sql.fragment` + `,
          )
    } desc,
      (lower(m.display) like ${likeText(words[0]?.toLowerCase() ?? '')} || '%') desc, m.display, m.id
    limit ${limit}
  `);

export const getMedication = (db: Db, id: string): Promise<Medication> =>
  db.oneFirst(sql.type(one(Medication))`select ${medicationJson('m')} as it from ehr.medication m where m.id = ${id}`);

const Prescribable = z.strictObject({
  id: z.uuid(),
  codeSystem: z.string().nullable(),
  code: z.string().nullable(),
  display: z.string(),
  unit: z.string(),
  ingredientCodes: z.array(z.string()),
});
export type Prescribable = z.infer<typeof Prescribable>;

const prescribable = sql.fragment`select m.id, m.code_system, m.code, m.display, m.unit, m.ingredient_codes from ehr.medication m`;

/** Null when it is not in use. */
export const findPrescribable = (db: Db, id: string): Promise<Prescribable | null> =>
  db.maybeOne(sql.type(Prescribable)`${prescribable} where m.id = ${id} and coalesce(m.status, 'active') = 'active'`);

/** The formulary's own entry for a code. */
export const findInFormulary = (db: Db, system: string, code: string): Promise<Prescribable | null> =>
  db.maybeOne(
    sql.type(Prescribable)`${prescribable} where m.formulary and m.code_system = ${system} and m.code = ${code}`,
  );

export const getMedicationRequest = (db: Db, id: string): Promise<MedicationRequest> =>
  db.oneFirst(sql.type(one(MedicationRequest))`
    select ${medicationRequestJson('m')} as it from ehr.medication_request m where m.id = ${id} and ${maySee(db, 'm.patient_id')}
  `);

export interface RequestRow {
  patientId: string;
  encounterId: string | null;
  medication: Prescribable;
  dosageText: string;
  quantity: number;
  requester: { id: string | null; name: string };
  overrideReason: string | null;
}
export const insertMedicationRequest = (tx: Db, it: RequestRow): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into ehr.medication_request (patient_id, encounter_id, medication_id, medication_system, medication_code, medication_display, dosage_text, quantity, unit,
      requester_id, requester_name, authored_at, allergy_check, override_reason)
    values (${it.patientId}, ${it.encounterId}, ${it.medication.id}, ${it.medication.codeSystem}, ${it.medication.code}, ${it.medication.display}, ${it.dosageText},
      ${it.quantity}, ${it.medication.unit}, ${it.requester.id}, ${it.requester.name}, core.now(), ${it.overrideReason === null ? 'clear' : 'overridden'}, ${it.overrideReason})
    returning id
  `);

/** What was handed out stays handed out: then it is stopped, not cancelled. Null when the version is no longer that one. */
export const cancelMedicationRequest = (tx: Db, id: string, version: number, reason: string): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update ehr.medication_request set status = case when dispensed_quantity > 0 then 'stopped' else 'cancelled' end, status_reason = ${reason}
    where id = ${id} and version = ${version} and status in ('active', 'on-hold', 'draft') and ${maySee(tx, 'patient_id')}
    returning id
  `);

const RequestFacts = z.strictObject({
  patientId: z.uuid(),
  encounterId: z.uuid().nullable(),
  medicationId: z.uuid().nullable(),
  medicationCode: z.string().nullable(),
  quantity: z.int().nullable(),
});
export const medicationRequestFacts = (tx: Db, id: string): Promise<z.infer<typeof RequestFacts>> =>
  tx.one(sql.type(RequestFacts)`
    select m.patient_id, m.encounter_id, m.medication_id, m.medication_code, m.quantity from ehr.medication_request m where m.id = ${id} and ${maySee(tx, 'm.patient_id')}
  `);

/** Remembers what pharmacy said; false when it was said before. */
export const insertFill = async (
  tx: Db,
  it: { eventId: number; medicationRequestId: string; quantity: number; at: string },
): Promise<boolean> =>
  (await tx.maybeOneFirst(sql.type(Id)`
    insert into ehr.medication_request_fill (event_id, medication_request_id, patient_id, quantity, filled_at)
    select ${it.eventId}, m.id, m.patient_id, ${it.quantity}, ${it.at}::timestamptz
    from ehr.medication_request m
    where m.id = ${it.medicationRequestId} and ${maySee(tx, 'm.patient_id')}
    on conflict do nothing
    returning medication_request_id as id
  `)) !== null;

/** Completed when everything was handed out, active again when some of it came back. */
export const addDispensed = (tx: Db, id: string, quantity: number): Promise<unknown> =>
  tx.query(sql.unsafe`
    update ehr.medication_request
    set dispensed_quantity = dispensed_quantity + ${quantity},
      status = case
        when status = 'active' and dispensed_quantity + ${quantity} >= quantity then 'completed'
        when status = 'completed' and dispensed_quantity + ${quantity} < quantity then 'active'
        else status
      end
    where id = ${id} and ${maySee(tx, 'patient_id')}
  `);
