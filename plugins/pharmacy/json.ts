import { sql, type Fragment } from '../../core/database.ts';

const of = (alias: string) => (name: string) => sql.identifier([alias, name]);

/** A handing out with the lots it was taken from; the alias is the query's name for pharmacy.medication_dispense. */
export const dispenseJson = (alias: string): Fragment => {
  const c = of(alias);
  return sql.fragment`json_build_object(
    'id', ${c('id')}, 'status', ${c('status')}, 'quantity', ${c('quantity')}, 'unit', ${c('unit')},
    'medicationDisplay', ${c('medication_display')}, 'medicationRequestId', ${c('medication_request_id')},
    'patientId', ${c('patient_id')},
    'lots', (
      select coalesce(json_agg(json_build_object('lotNumber', lot.lot_number, 'expiresOn', lot.expires_on, 'quantity', -moved.quantity)
        order by lot.expires_on, lot.id), '[]')
      from pharmacy.stock_movement moved
      join pharmacy.lot on lot.id = moved.lot_id
      where moved.dispense_id = ${c('id')} and moved.type = 'dispense'
    ),
    'dispensedAt', core.json_time(${c('dispensed_at')})
  )`;
};

/** What is on the shelf of one medication, first to expire first. `m` is ehr.medication. */
export const stockItemJson = sql.fragment`json_build_object(
  'medicationId', m.id, 'display', m.display, 'unit', m.unit, 'onHand', shelf.on_hand, 'usable', shelf.usable,
  'available', shelf.available, 'lots', shelf.lots
)`;

export const shelf = sql.fragment`lateral (
  select coalesce(sum(s.on_hand), 0)::integer as on_hand, coalesce(sum(s.usable), 0)::integer as usable,
    coalesce(sum(s.available), 0)::integer as available,
    coalesce(json_agg(json_build_object(
      'id', s.lot_id, 'lotNumber', s.lot_number, 'expiresOn', s.expires_on, 'onHand', s.on_hand, 'usable', s.usable,
      'status', s.status, 'locationName', (select place.name from facility.location place where place.id = s.location_id)
    ) order by s.expires_on, s.lot_id) filter (where s.on_hand > 0), '[]') as lots
  from pharmacy.stock s
  where s.medication_id = m.id
) shelf`;
