-- Prices, charges, invoices, payments and the ledger. Amounts are minor units of their currency; unit prices are decimals.

/* Digits after the point by ISO 4217. */
create function billing.minor_digits(currency text) returns integer language sql immutable parallel safe as $$
  select case
    when currency in ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') then 0
    when currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 3
    else 2
  end
$$;

/* Rounded once, half up: the only place where a decimal becomes money. */
create function billing.to_minor(amount numeric, currency text) returns bigint language sql immutable parallel safe as $$
  select round(amount * case billing.minor_digits(currency) when 0 then 1 when 3 then 1000 else 100 end)::bigint
$$;

create function billing.to_major(minor bigint, currency text) returns numeric language sql immutable parallel safe as $$
  select case billing.minor_digits(currency) when 0 then minor::numeric when 3 then round(minor / 1000.0, 3) else round(minor / 100.0, 2) end
$$;

create domain billing.currency as text check (value ~ '^[A-Z]{3}$');

-- Price list: a new price closes the one before; what was charged keeps its own copy -----------------------------------
create table billing.price (
  id uuid primary key default uuidv7(),
  code text not null check (length(code) between 1 and 80),
  display text not null,
  unit_price numeric(16, 4) not null check (unit_price >= 0),
  currency billing.currency not null,
  valid tstzrange not null default tstzrange(core.now(), null),
  created_at timestamptz not null default core.now(),
  created_by uuid default core.current_actor(),
  constraint price_no_overlap exclude using gist (code with =, valid with &&)
);

-- Numbers that people read: drawn under the row's lock in the transaction of the document, so none is used twice or lost -
create table billing.number_series (
  name text primary key,
  prefix text not null,
  next bigint not null default 1
);
insert into billing.number_series (name, prefix) values ('invoice', 'INV-'), ('receipt', 'RC-');

create function billing.draw_number(series text) returns text language sql volatile as $$
  update billing.number_series set next = next + 1 where name = series returning prefix || lpad((next - 1)::text, greatest(6, length((next - 1)::text)), '0')
$$;

-- Invoices -------------------------------------------------------------------------------------------------------------
-- https://hl7.org/fhir/R4/valueset-invoice-status.html
create table billing.invoice (
  id uuid primary key default uuidv7(),
  number text,
  status text not null default 'issued' check (status in ('draft', 'issued', 'balanced', 'cancelled', 'entered-in-error')),
  patient_id uuid not null references patients.patient,
  encounter_id uuid,
  issued_at timestamptz not null default core.now(),
  total_minor bigint not null check (total_minor >= 0),
  -- of the total, what a payer has taken on; the rest is the patient's
  payer_minor bigint not null default 0,
  paid_minor bigint not null default 0 check (paid_minor >= 0),
  payer_paid_minor bigint not null default 0 check (payer_paid_minor >= 0),
  written_off_minor bigint not null default 0 check (written_off_minor >= 0),
  open_minor bigint generated always as (total_minor - payer_minor - paid_minor) stored,
  payer_open_minor bigint generated always as (payer_minor - payer_paid_minor - written_off_minor) stored,
  currency billing.currency not null,
  elsewhere boolean not null default false, -- another system's, only written down: no number, nothing owed here, not in the ledger
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint invoice_number_unique unique (number),
  constraint invoice_has_number check ((number is null) = elsewhere),
  constraint payer_share_within_invoice check (payer_minor between 0 and total_minor),
  constraint payment_exceeds_open check (paid_minor <= total_minor - payer_minor),
  constraint payer_payment_exceeds_open check (payer_paid_minor + written_off_minor <= payer_minor),
  constraint invoice_balanced_when_paid check (
    elsewhere or status not in ('issued', 'balanced') or (status = 'balanced') = (paid_minor + payer_paid_minor + written_off_minor = total_minor)
  )
);
select core.keep_history('billing.invoice');
select core.patient_rows('billing.invoice');
create index invoice_of_patient on billing.invoice (patient_id, issued_at desc, id);
create index invoice_of_encounter on billing.invoice (encounter_id);
create index invoice_open on billing.invoice (issued_at, patient_id) include (open_minor, payer_open_minor) where status = 'issued' and not elsewhere;
create index invoice_issued on billing.invoice (issued_at) include (total_minor, currency, status) where not elsewhere;
create index invoice_updated on billing.invoice (updated_at, id);

-- Charges --------------------------------------------------------------------------------------------------------------
-- https://hl7.org/fhir/R4/valueset-chargeitem-status.html; `planned` without a price waits for one and cannot be billed
create table billing.charge_item (
  id uuid primary key default uuidv7(),
  status text not null check (status in ('planned', 'billable', 'not-billable', 'aborted', 'billed', 'entered-in-error', 'unknown')),
  patient_id uuid not null references patients.patient,
  encounter_id uuid,
  code text not null,
  display text not null,
  quantity integer not null default 1 check (quantity > 0),
  unit_price numeric(16, 4),
  amount_minor bigint,
  currency billing.currency,
  occurred_at timestamptz not null,
  -- what it arose from: an event and its subject, so that an event delivered twice charges once; 'elsewhere': another
  -- system's, only written down, never billed here
  source text not null,
  source_id uuid not null,
  invoice_id uuid references billing.invoice,
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint charge_item_once unique (source_id, source),
  constraint charge_item_amount check (source = 'elsewhere' or amount_minor is not distinct from billing.to_minor(unit_price * quantity, currency)),
  constraint charge_needs_price check (source = 'elsewhere' or status not in ('billable', 'billed') or amount_minor is not null),
  constraint charge_item_billed_once check (source = 'elsewhere' or (status = 'billed') = (invoice_id is not null)),
  constraint charge_item_elsewhere_not_billed check (source <> 'elsewhere' or invoice_id is null)
);
select core.keep_history('billing.charge_item');
select core.patient_rows('billing.charge_item');
create index charge_item_of_patient on billing.charge_item (patient_id, occurred_at desc, id);
create index charge_item_of_invoice on billing.charge_item (invoice_id) where invoice_id is not null;
create index charge_item_open on billing.charge_item (patient_id, code) where status in ('planned', 'billable') and source <> 'elsewhere';
create index charge_item_of_encounter on billing.charge_item (encounter_id);
create index charge_item_updated on billing.charge_item (updated_at, id);

-- Payments: added, never changed ---------------------------------------------------------------------------------------
create table billing.payment (
  id uuid primary key default uuidv7(),
  receipt_number text not null,
  invoice_id uuid not null references billing.invoice,
  patient_id uuid not null references patients.patient,
  method text not null check (method in ('cash', 'card', 'transfer', 'online')),
  amount_minor bigint not null check (amount_minor > 0),
  currency billing.currency not null,
  tendered_minor bigint,
  change_minor bigint generated always as (coalesce(tendered_minor - amount_minor, 0)) stored,
  paid_at timestamptz not null default core.now(),
  taken_by uuid default core.current_actor(),
  issuer text not null default 'patient' check (issuer in ('patient', 'payer')),
  reference text check (length(reference) <= 200), -- the payer's or the payment provider's name of it
  constraint payment_payer_has_reference check (issuer = 'patient' or reference is not null),
  constraint payment_online_has_reference check (method <> 'online' or reference is not null),
  constraint payment_receipt_unique unique (receipt_number),
  constraint payment_tendered_short check (tendered_minor >= amount_minor),
  constraint payment_tendered_is_cash check (tendered_minor is null or method = 'cash')
);
select core.patient_rows('billing.payment');
select core.append_only('billing.payment');
create unique index payment_online_once on billing.payment (reference) where method = 'online';
create index payment_of_invoice on billing.payment (invoice_id);
create index payment_of_patient on billing.payment (patient_id);
create index payment_paid on billing.payment (paid_at);

-- The ledger: each row debits one account and credits another, so no row can unbalance it --------------------------------
create domain billing.account as text check (value in ('receivable', 'payer-receivable', 'revenue', 'cash', 'card', 'bank', 'write-off', 'credit'));

create table billing.posting (
  id uuid primary key default uuidv7(),
  at timestamptz not null default core.now(),
  debit billing.account not null,
  credit billing.account not null,
  amount_minor bigint not null check (amount_minor > 0),
  currency billing.currency not null,
  source text not null
    check (source in ('invoice', 'payment', 'payer-share', 'payer-to-patient', 'patient-to-payer', 'write-off', 'unapplied')),
  source_id uuid not null,
  constraint posting_two_accounts check (debit <> credit),
  constraint posting_once unique (source_id, source)
);
select core.append_only('billing.posting');
create index posting_at on billing.posting (at);

/* Debits less credits of each account; a column of zeros at the bottom is what an accountant looks for. */
create view billing.trial_balance as
select currency, account, sum(amount)::bigint as balance_minor
from billing.posting p
cross join lateral (values (p.debit, p.amount_minor), (p.credit, -p.amount_minor)) side (account, amount)
group by currency, account;
