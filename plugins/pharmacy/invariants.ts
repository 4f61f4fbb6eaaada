import { sql, type Query } from '../../core/database.ts';

/** Each query must return no row. */
export const invariants: Readonly<Record<string, Query>> = {
  'what is on the shelf is the sum of the stock ledger': sql.unsafe`
    select lot.id
    from pharmacy.lot
    left join pharmacy.stock_balance b on b.lot_id = lot.id
    left join (select lot_id, sum(quantity) as quantity from pharmacy.stock_movement group by lot_id) m on m.lot_id = lot.id
    where b.quantity is distinct from coalesce(m.quantity, 0)
  `,
  'no lot was ever below zero': sql.unsafe`
    select distinct lot_id
    from (select lot_id, sum(quantity) over (partition by lot_id order by at, quantity < 0, id) as quantity from pharmacy.stock_movement) ledger
    where quantity < 0
  `,
  'nothing is handed out after it has expired': sql.unsafe`
    select m.id
    from pharmacy.stock_movement m
    join pharmacy.lot on lot.id = m.lot_id
    where m.type = 'dispense' and m.at >= lot.usable_until
  `,
  'a dispense is the sum of its lots, of its own medication': sql.unsafe`
    select d.id
    from pharmacy.medication_dispense d
    join pharmacy.stock_movement m on m.dispense_id = d.id and m.type in ('dispense', 'return')
    join pharmacy.lot on lot.id = m.lot_id
    group by d.id
    having d.quantity <> -sum(m.quantity) or bool_or(lot.medication_id <> d.medication_id)
  `,
  'no prescription got more than prescribed': sql.unsafe`
    select d.medication_request_id
    from pharmacy.stock_movement m
    join pharmacy.medication_dispense d on d.id = m.dispense_id
    left join pharmacy.request_total t on t.medication_request_id = d.medication_request_id
    group by d.medication_request_id, t.dispensed, t.prescribed
    having -sum(m.quantity) is distinct from t.dispensed or t.dispensed > t.prescribed
  `,
};
