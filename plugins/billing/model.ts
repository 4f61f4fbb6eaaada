import Joi from 'joi';
import { z } from 'zod';
import { PatientSummary } from '../patients/api.ts';
import { text, uuid } from '../../core/routes.ts';
import { Instant } from '../../core/shapes.ts';

/** https://hl7.org/fhir/R4/valueset-chargeitem-status.html */
export const chargeItemStatus = [
  'planned',
  'billable',
  'not-billable',
  'aborted',
  'billed',
  'entered-in-error',
  'unknown',
] as const;
/** https://hl7.org/fhir/R4/valueset-invoice-status.html */
export const invoiceStatus = ['draft', 'issued', 'balanced', 'cancelled', 'entered-in-error'] as const;

export const paymentMethods = ['cash', 'card', 'transfer'] as const;
/** The last is not taken at the till: a provider reports it. */
export const allMethods = [...paymentMethods, 'online'] as const;
export type PaymentMethod = (typeof allMethods)[number];
/** `payer-receivable`: what payers owe. `credit`: what they paid and nothing here was open for. */
export type Account = 'receivable' | 'payer-receivable' | 'revenue' | 'cash' | 'card' | 'bank' | 'write-off' | 'credit';
export type PostingSource =
  'invoice' | 'payment' | 'payer-share' | 'payer-to-patient' | 'patient-to-payer' | 'write-off' | 'unapplied';
/** Where a payment by this method lies. */
export const accountOf: Record<PaymentMethod, Account> = {
  cash: 'cash',
  card: 'card',
  transfer: 'bank',
  online: 'card',
};

/** Price and amount are null while the price list has none: status `planned`. */
export const ChargeItem = z
  .strictObject({
    id: z.uuid(),
    status: z.enum(chargeItemStatus),
    code: z.string(),
    display: z.string(),
    quantity: z.int(),
    unitPrice: z.string().nullable(),
    amountMinor: z.int().nullable(),
    currency: z.string().nullable(),
    occurredAt: Instant,
    patientId: z.uuid(),
    encounterId: z.uuid().nullable(),
    invoiceId: z.uuid().nullable(),
  })
  .meta({ id: 'ChargeItem' });
export type ChargeItem = z.infer<typeof ChargeItem>;

export const Payment = z
  .strictObject({
    id: z.uuid(),
    receiptNumber: z.string(),
    method: z.enum(allMethods),
    amountMinor: z.int(),
    tenderedMinor: z.int().nullable(),
    changeMinor: z.int(),
    paidAt: Instant,
    issuer: z.enum(['patient', 'payer']),
  })
  .meta({ id: 'Payment' });
export type Payment = z.infer<typeof Payment>;

export const InvoiceHead = z
  .strictObject({
    id: z.uuid(),
    version: z.int(),
    number: z.string(),
    status: z.enum(invoiceStatus),
    patientId: z.uuid(),
    encounterId: z.uuid().nullable(),
    issuedAt: Instant,
    totalMinor: z.int(),
    paidMinor: z.int(),
    /** What the patient still owes; the payer's part is not in it. */
    openMinor: z.int(),
    payerMinor: z.int(),
    payerPaidMinor: z.int(),
    writtenOffMinor: z.int(),
    payerOpenMinor: z.int(),
    currency: z.string(),
  })
  .meta({ id: 'InvoiceHead' });
export type InvoiceHead = z.infer<typeof InvoiceHead>;

export const Invoice = InvoiceHead.extend({ lines: z.array(ChargeItem), payments: z.array(Payment) }).meta({
  id: 'Invoice',
});
export type Invoice = z.infer<typeof Invoice>;

export const TillItem = z
  .strictObject({
    patient: PatientSummary,
    encounterId: z.uuid().nullable(),
    visitAt: Instant,
    billableMinor: z.int(),
    needsPrice: z.int(),
    invoices: z.array(InvoiceHead),
    currency: z.string(),
  })
  .meta({ id: 'TillItem' });
export type TillItem = z.infer<typeof TillItem>;

export const Price = z
  .strictObject({
    id: z.uuid(),
    code: z.string(),
    display: z.string(),
    unitPrice: z.string(),
    currency: z.string(),
    validFrom: Instant,
  })
  .meta({ id: 'Price' });
export type Price = z.infer<typeof Price>;

export interface NewInvoice {
  patientId: string;
  encounterId?: string;
}
export const NewInvoice = Joi.object<NewInvoice, true>({ patientId: uuid().required(), encounterId: uuid() });

export interface NewPayment {
  invoiceId: string;
  method: PaymentMethod;
  amountMinor: number;
  tenderedMinor?: number;
}
const amount = () => Joi.number().integer().min(1).max(Number.MAX_SAFE_INTEGER);
export const NewPayment = Joi.object<NewPayment, true>({
  invoiceId: uuid().required(),
  method: Joi.string()
    .valid(...paymentMethods)
    .required(),
  amountMinor: amount().required(),
  tenderedMinor: amount().when('method', { is: 'cash', otherwise: Joi.forbidden() }),
});

export interface NewPrice {
  display: string;
  unitPrice: string;
  currency: string;
}
export const NewPrice = Joi.object<NewPrice, true>({
  display: text(200).required(),
  unitPrice: Joi.string()
    .pattern(/^\d{1,10}(\.\d{1,4})?$/, 'decimal')
    .required(),
  currency: Joi.string()
    .pattern(/^[A-Z]{3}$/, 'ISO 4217')
    .required(),
});
export const priceCode = Joi.object({ code: text(80).required() });

/** What is charged when something happened: the first of the codes that has a price at that time is taken. */
export interface Charge {
  patientId: string;
  encounterId: string | null;
  codes: readonly string[];
  quantity: number;
  occurredAt: string;
  source: string;
  sourceId: string;
}
