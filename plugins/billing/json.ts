import { sql, type Fragment } from '../../core/database.ts';

// PostgreSQL builds the answers: the same JSON for one invoice, for lists and for the patient's record.

const of = (alias: string) => (name: string) => sql.identifier([alias, name]);

export const chargeItemJson = (alias: string): Fragment => {
  const c = of(alias);
  return sql.fragment`json_build_object(
    'id', ${c('id')}, 'status', ${c('status')}, 'code', ${c('code')}, 'display', ${c('display')}, 'quantity', ${c('quantity')},
    'unitPrice', core.json_decimal(trim_scale(${c('unit_price')})), 'amountMinor', ${c('amount_minor')}, 'currency', ${c('currency')},
    'occurredAt', core.json_time(${c('occurred_at')}), 'patientId', ${c('patient_id')}, 'encounterId', ${c('encounter_id')}, 'invoiceId', ${c('invoice_id')}
  )`;
};

export const paymentJson = (alias: string): Fragment => {
  const c = of(alias);
  return sql.fragment`json_build_object(
    'id', ${c('id')}, 'receiptNumber', ${c('receipt_number')}, 'method', ${c('method')}, 'amountMinor', ${c('amount_minor')},
    'tenderedMinor', ${c('tendered_minor')}, 'changeMinor', ${c('change_minor')}, 'paidAt', core.json_time(${c('paid_at')}), 'issuer', ${c('issuer')}
  )`;
};

const headOf = (alias: string): Fragment => {
  const c = of(alias);
  return sql.fragment`
    'id', ${c('id')}, 'version', ${c('version')}, 'number', ${c('number')}, 'status', ${c('status')}, 'patientId', ${c('patient_id')},
    'encounterId', ${c('encounter_id')}, 'issuedAt', core.json_time(${c('issued_at')}), 'totalMinor', ${c('total_minor')},
    'paidMinor', ${c('paid_minor')}, 'openMinor', ${c('open_minor')}, 'payerMinor', ${c('payer_minor')}, 'payerPaidMinor', ${c('payer_paid_minor')},
    'writtenOffMinor', ${c('written_off_minor')}, 'payerOpenMinor', ${c('payer_open_minor')}, 'currency', ${c('currency')}
  `;
};

export const invoiceHeadJson = (alias: string): Fragment => sql.fragment`json_build_object(${headOf(alias)})`;

/** Head, lines in the order in which things happened, payments as they came. */
export const invoiceJson = (alias: string): Fragment => sql.fragment`json_build_object(
  ${headOf(alias)},
  'lines', (
    select coalesce(json_agg(${chargeItemJson('line')} order by line.occurred_at, line.id), '[]')
    from billing.charge_item line where line.invoice_id = ${of(alias)('id')}
  ),
  'payments', (
    select coalesce(json_agg(${paymentJson('paid')} order by paid.paid_at, paid.id), '[]')
    from billing.payment paid where paid.invoice_id = ${of(alias)('id')}
  )
)`;
