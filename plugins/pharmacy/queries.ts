import { z } from 'zod';
import { maySee } from '../../core/access.ts';
import { sql, type Db } from '../../core/database.ts';
import { allergiesJson, allergyStateText, medicationRequestJson } from '../ehr/api.ts';
import { patientSummaryJson } from '../patients/api.ts';
import { dispenseJson, shelf, stockItemJson } from './json.ts';
import { Dispense, Movement, QueueItem, StockItem, type NewCorrection, type NewReceipt } from './model.ts';

type Cursor = readonly (string | number)[] | null;
const Id = z.strictObject({ id: z.uuid() });
const items = <T>(rows: readonly { item: T }[]): readonly T[] => rows.map(({ item }) => item);

// -- handing out --------------------------------------------------------------------------------------------------------

const Prescribed = z.strictObject({
  id: z.uuid(), status: z.string(), patientId: z.uuid(), encounterId: z.uuid().nullable(), quantity: z.int().nullable(),
  medicationId: z.uuid().nullable(), medicationCode: z.string().nullable(), display: z.string(), unit: z.string().nullable(),
}); // prettier-ignore
export type Prescribed = z.infer<typeof Prescribed>;

/** The prescription; nobody cancels it before the commit. */
export const holdPrescription = (tx: Db, id: string): Promise<Prescribed> =>
  tx.one(sql.type(Prescribed)`
    select r.id, r.status, r.patient_id, r.encounter_id, r.quantity, r.medication_id, m.code as medication_code,
      coalesce(m.display, r.medication_display) as display, m.unit
    from ehr.medication_request r
    left join ehr.medication m on m.id = r.medication_id
    where r.id = ${id} and ${maySee(tx, 'r.patient_id')}
    for share of r
  `);

/** Null when the prescription does not allow that much more. A second counter waits here for the first. */
export const addDispensed = (
  tx: Db,
  it: { medicationRequestId: string; prescribed: number; quantity: number },
): Promise<number | null> =>
  tx.maybeOneFirst(sql.type(z.strictObject({ dispensed: z.int() }))`
    insert into pharmacy.request_total as t (medication_request_id, prescribed, dispensed)
    select ${it.medicationRequestId}, ${it.prescribed}, ${it.quantity} where ${it.quantity}::integer <= ${it.prescribed}::integer
    on conflict (medication_request_id) do update
    set dispensed = t.dispensed + excluded.dispensed, prescribed = excluded.prescribed
    where t.dispensed + excluded.dispensed <= excluded.prescribed
    returning t.dispensed
  `);

export const dispensedSoFar = (db: Db, medicationRequestId: string): Promise<number> =>
  db.oneFirst(sql.type(z.strictObject({ dispensed: z.int() }))`
    select coalesce((select t.dispensed from pharmacy.request_total t where t.medication_request_id = ${medicationRequestId}), 0) as dispensed
  `);

export const insertDispense = (tx: Db, it: Prescribed, quantity: number, id?: string): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into pharmacy.medication_dispense
      (id, patient_id, encounter_id, medication_request_id, medication_id, medication_display, quantity, unit, dispensed_at, dispensed_by)
    values (coalesce(${id ?? null}::uuid, uuidv7()), ${it.patientId}, ${it.encounterId}, ${it.id}, ${it.medicationId}, ${it.display}, ${quantity},
      ${it.unit}, core.now(), ${tx.actor.id})
    returning id
  `);

/** How many lots it came from, first expired first; 0 when what is usable does not suffice. */
export const takeFromShelf = (tx: Db, dispenseId: string, medicationId: string, quantity: number): Promise<number> =>
  tx
    .any(
      sql.type(Id)`
      insert into pharmacy.stock_movement (lot_id, type, quantity, dispense_id)
      select a.lot_id, 'dispense', -a.quantity, ${dispenseId} from pharmacy.allocate(${medicationId}, ${quantity}) a
      returning id
    `,
    )
    .then((rows) => rows.length);

export const getDispense = (db: Db, id: string): Promise<Dispense> =>
  db.oneFirst(sql.type(z.strictObject({ item: Dispense }))`
    select ${dispenseJson('d')} as item from pharmacy.medication_dispense d where d.id = ${id} and ${maySee(db, 'd.patient_id')}
  `);

/** Newest first. */
export const listDispenses = (
  db: Db,
  by: { patientId: string; limit: number; after: Cursor },
): Promise<readonly Dispense[]> =>
  db
    .any(
      sql.type(z.strictObject({ item: Dispense }))`
      select ${dispenseJson('d')} as item
      from pharmacy.medication_dispense d
      where ${sql.and([
        maySee(db, 'd.patient_id'),
        sql.fragment`d.patient_id = ${by.patientId}`,
        by.after && sql.fragment`(d.dispensed_at, d.id) < (${by.after[0]!}::timestamptz, ${by.after[1]!}::uuid)`,
      ])}
      order by d.dispensed_at desc nulls last, d.id desc
      limit ${by.limit}
    `,
    )
    .then(items);

/**
 * Prescriptions of visits that have begun, not yet handed out in full, longest waiting first. After thirty days nobody
 * comes for them any more; they stay in the patient's record.
 */
export const listQueue = (db: Db, by: { limit: number; after: Cursor }): Promise<readonly QueueItem[]> =>
  db
    .any(
      sql.type(z.strictObject({ item: QueueItem }))`
      select json_build_object(
        'medicationRequest', ${medicationRequestJson('r')}::jsonb || jsonb_build_object('dispensedQuantity', coalesce(t.dispensed, 0)),
        'patient', ${patientSummaryJson('p')}::jsonb || jsonb_build_object(
          'allergies', ${allergiesJson('r.patient_id')}, 'allergyState', ${allergyStateText('r.patient_id')}
        ),
        'waitingSince', core.json_time(r.authored_at), 'remaining', r.quantity - coalesce(t.dispensed, 0),
        'available', shelf.available, 'lots', shelf.lots
      ) as item
      from ehr.medication_request r
      join patients.patient p on p.id = r.patient_id
      left join ehr.encounter e on e.id = r.encounter_id
      left join pharmacy.request_total t on t.medication_request_id = r.id
      cross join lateral (
        select coalesce(sum(s.available), 0)::integer as available,
          coalesce(json_agg(json_build_object('id', s.lot_id, 'lotNumber', s.lot_number, 'expiresOn', s.expires_on, 'available', s.available)
            order by s.expires_on, s.lot_id), '[]') as lots
        from pharmacy.stock s
        where s.medication_id = r.medication_id and s.on_hand > 0 and s.available > 0
      ) shelf
      where ${sql.and([
        maySee(db, 'r.patient_id'),
        sql.fragment`r.status = 'active' and r.intent not in ('proposal', 'plan', 'option')`,
        sql.fragment`r.authored_at > core.now() - interval '30 days' and r.authored_at <= core.now()`,
        sql.fragment`r.medication_id is not null and coalesce(t.dispensed, 0) < r.quantity`,
        sql.fragment`(e.id is null or e.status in ('in-progress', 'onleave', 'finished'))`,
        by.after && sql.fragment`(r.authored_at, r.id) > (${by.after[0]!}::timestamptz, ${by.after[1]!}::uuid)`,
      ])}
      order by r.authored_at, r.id
      limit ${by.limit}
    `,
    )
    .then(items);

// -- stock --------------------------------------------------------------------------------------------------------------

/** Every medication that has ever been in stock, by name: one that ran out stands there with nothing. */
export const listStock = (db: Db, by: { text?: string; limit: number; after: Cursor }): Promise<readonly StockItem[]> =>
  db
    .any(
      sql.type(z.strictObject({ item: StockItem }))`
      select ${stockItemJson} as item
      from ehr.medication m
      cross join ${shelf}
      where ${sql.and([
        sql.fragment`exists (select from pharmacy.lot where lot.medication_id = m.id)`,
        by.text !== undefined &&
          sql.fragment`position(lower(${by.text}) in lower(m.display || ' ' || coalesce(m.ingredient, ''))) > 0`,
        by.after && sql.fragment`(m.display, m.id) > (${String(by.after[0])}, ${String(by.after[1])}::uuid)`,
      ])}
      order by m.display, m.id
      limit ${by.limit}
    `,
    )
    .then(items);

export const getStock = (db: Db, medicationId: string): Promise<StockItem> =>
  db.oneFirst(sql.type(z.strictObject({ item: StockItem }))`
    select ${stockItemJson} as item from ehr.medication m cross join ${shelf} where m.id = ${medicationId}
  `);

const Lot = z.strictObject({ id: z.uuid(), medicationId: z.uuid(), expiresOn: z.string(), expired: z.boolean() });

/** Made on its first receipt. A lot keeps the expiry date and cost that it came with. */
export const insertLot = (tx: Db, it: NewReceipt, at: { zone: string; currency: string }): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into pharmacy.lot (medication_id, lot_number, expires_on, usable_until, location_id, unit_cost, currency)
    values (${it.medicationId}, ${it.lotNumber}, ${it.expiresOn}, (${it.expiresOn}::date + 1)::timestamp at time zone ${at.zone},
      ${it.locationId ?? null}, ${it.unitCost ?? null}, ${at.currency})
    on conflict on constraint lot_once do nothing
  `);

export const getLotOf = (db: Db, it: NewReceipt): Promise<z.infer<typeof Lot>> =>
  db.one(sql.type(Lot)`
    select id, medication_id, expires_on, usable_until <= core.now() as expired
    from pharmacy.lot
    where medication_id = ${it.medicationId} and lot_number = ${it.lotNumber} and location_id is not distinct from ${it.locationId ?? null}::uuid
  `);

export const getLot = (db: Db, id: string): Promise<z.infer<typeof Lot>> =>
  db.one(
    sql.type(
      Lot,
    )`select id, medication_id, expires_on, usable_until <= core.now() as expired from pharmacy.lot where id = ${id}`,
  );

/** Moves what is on the shelf; its balance follows in the same statement. */
export const insertMovement = (
  tx: Db,
  it: { lotId: string; type: 'receipt' | NewCorrection['type']; quantity: number; reason?: string },
): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into pharmacy.stock_movement (lot_id, type, quantity, reason) values (${it.lotId}, ${it.type}, ${it.quantity}, ${it.reason ?? null})
    returning id
  `);

/** Newest first, each with what was on the shelf after it. */
export const listMovements = (
  db: Db,
  by: { lotId: string; limit: number; after: Cursor },
): Promise<readonly Movement[]> =>
  db.any(sql.type(Movement)`
    select id, lot_id, type, quantity, on_hand, reason, at
    from (
      select m.id, m.lot_id, m.type, m.quantity, m.reason, m.at, sum(m.quantity) over (order by m.at, m.id)::integer as on_hand
      from pharmacy.stock_movement m
      where m.lot_id = ${by.lotId}
    ) ledger
    where ${by.after ? sql.fragment`(at, id) < (${by.after[0]!}::timestamptz, ${by.after[1]!}::uuid)` : sql.fragment`true`}
    order by at desc, id desc
    limit ${by.limit}
  `);
