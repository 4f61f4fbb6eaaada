import { randomUUID } from 'node:crypto';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { publish } from '../../core/events.ts';
import { etag, startWard, type Ward } from '../ehr/ward.ts';
import type { Answer, Client } from '../hms.ts';

export const key = () => ({ 'idempotency-key': randomUUID() });
export const act = (version: number) => ({ ...etag(version), ...key() });

export interface Office extends Ward {
  cashier: Client;
  admin: Client;
  payerId: string;
  planId: string;
  /** A patient whom the plan covers since the beginning of the year. */
  insured: (more?: object, subscriberId?: string) => Promise<string>;
  /** A visit that has ended and is on an invoice, with a diagnosis unless said otherwise; gives the invoice. */
  invoiced: (patientId: string, more?: { diagnosis?: boolean; tablets?: number }) => Promise<Answer['body']>;
  claimOf: (invoiceId: string) => Promise<Answer['body']>;
  holds: () => Promise<void>;
}

export const prices = [
  ['VISIT-AMB', 'Outpatient visit', '100'],
  ['AMOX', 'Amoxicillin 500 mg', '1'],
  ['VITAMIN', 'Vitamin C', '5'],
];

/** A clinic with one payer: a copay of 10.00, a tenth of the rest, vitamins excluded, member numbers like KV-123456. */
export const startOffice = async (more: readonly string[] = [], env: Record<string, string> = {}): Promise<Office> => {
  const ward = await startWard(['billing', 'insurance', ...more], { OPENWARD_CLAIM_UNDO_SECONDS: '0', ...env });
  const [cashier, admin] = await Promise.all([ward.as('cashier'), ward.as('admin')]);
  for (const [code, display, unitPrice] of prices)
    assert.is((await admin.put(`/api/prices/${code}`, { display, unitPrice, currency: 'EUR' })).status, 200);
  const payer = await admin.post('/api/payers', {
    code: 'KV',
    name: 'Kasse Vier',
    subscriberPattern: 'KV-[0-9]{6}',
    filingDays: 90,
  });
  assert.is(payer.status, 201, JSON.stringify(payer.body));
  const plan = await admin.post('/api/insurance-plans', {
    payerId: payer.body.id,
    name: 'Standard',
    copayMinor: 1000,
    coinsuranceRate: '0.1',
    codes: [{ code: 'VITAMIN', rule: 'excluded' }],
  });
  assert.is(plan.status, 201, JSON.stringify(plan.body));
  const planId: string = plan.body.plans[0].id;
  let members = 0;
  const office: Office = {
    ...ward,
    cashier,
    admin,
    payerId: payer.body.id,
    planId,
    async insured(own = {}, number) {
      const patientId = await ward.patient(own);
      members += 1;
      const subscriberId = number ?? `KV-${String(100000 + members)}`;
      const made = await cashier.post('/api/coverages', { patientId, planId, subscriberId, startsOn: '2026-01-01' });
      assert.is(made.status, 201, JSON.stringify(made.body));
      return patientId;
    },
    async invoiced(patientId, { diagnosis = true, tablets = 0 } = {}) {
      const { body: visit } = await ward.walkIn(patientId);
      const started = await ward.doctor.post(`/api/encounters/${visit.id}/start`, {}, etag(visit.version));
      if (diagnosis) await diagnose(ward, patientId, visit.id);
      const ended = await ward.doctor.post(`/api/encounters/${visit.id}/finish`, {}, etag(started.body.version));
      assert.is(ended.status, 200, JSON.stringify(ended.body));
      for (const [medicationCode, quantity] of [
        ['AMOX', tablets],
        ['VITAMIN', tablets && 1],
      ] as const)
        if (quantity)
          await ward.db.transaction((tx) =>
            publish(tx, 'pharmacy.medication-dispensed', randomUUID(), {
              patientId,
              encounterId: visit.id,
              medicationId: randomUUID(),
              medicationCode,
              quantity,
            }),
          );
      await ward.settle();
      const invoice = await cashier.post('/api/invoices', { patientId, encounterId: visit.id }, key());
      assert.is(invoice.status, 201, JSON.stringify(invoice.body));
      await ward.settle();
      return invoice.body;
    },
    async claimOf(invoiceId) {
      const { body } = await cashier.get(`/api/invoices/${invoiceId}/shares`);
      assert.is(body.claims.length > 0, true, 'there is a claim');
      return (await cashier.get(`/api/claims/${body.claims.at(-1).id}`)).body;
    },
    async holds() {
      for (const plugin of ward.hms.plugins)
        for (const [rule, query] of Object.entries(plugin.invariants ?? {}))
          assert.equal(await ward.db.any(query), [], `${plugin.name}: ${rule}`);
    },
  };
  return office;
};

export const diagnose = async (ward: Ward, patientId: string, encounterId: string): Promise<void> => {
  if (!(await ward.db.exists(sql.unsafe`select from ehr.code_icd10cm where code = 'I10'`))) throw new Error('no codes');
  const { status, body } = await ward.doctor.post('/api/conditions', { patientId, encounterId, code: 'I10' });
  assert.is(status, 201, JSON.stringify(body));
};

/** Every line as the plan says, without a denial. */
export const asPlanned = (claim: Answer['body'], shares: Answer['body']) =>
  claim.lines.map((line: { sequence: number; chargeItemId: string }) => {
    const share = shares.lines.find((it: { chargeItemId: string }) => it.chargeItemId === line.chargeItemId);
    return {
      sequence: line.sequence,
      benefitMinor: share.payerMinor,
      copayMinor: share.copayMinor,
      coinsuranceMinor: share.coinsuranceMinor,
    };
  });
