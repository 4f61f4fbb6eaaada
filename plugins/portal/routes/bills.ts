import type { Request } from '@hapi/hapi';
import { service } from '../../../core/actor.ts';
import { writeAudit } from '../../../core/audit/write.ts';
import { localeOf } from '../../../core/messages.ts';
import { refuse } from '../../../core/refuse.ts';
import { headerOf, idParams, route } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { Bill, BillHead, Intent, PaymentState } from '../model.ts';
import { isOn } from '../on.ts';
import { openProvider, SaidShape } from '../payment/http.ts';
import { ProviderAway } from '../payment/port.ts';
import { settle } from '../payment/settle.ts';
import { isSigned } from '../payment/signature.ts';
import { getBill, listBills } from '../queries/bills.ts';
import { beginPayment, getPayment } from '../queries/payments.ts';
import { acting, own, reading } from '../self.ts';
import { providerOf } from '../settings.ts';

const billing = { ...own.app, needs: 'billing' } as const;
interface Id {
  id: string;
}

const list = route({
  method: 'GET',
  path: '/api/portal/bills',
  options: { auth: own.auth, app: { ...billing, response: itemsOf(BillHead), summary: 'Newest first' } },
  handler: (request) =>
    reading(request, async (db, { patientId }) => ({
      items: await listBills(db, patientId, isOn(request.server.app.hms, 'insurance'), 100),
    })),
});

const read = route<{ Params: Id }>({
  method: 'GET',
  path: '/api/portal/bills/{id}',
  options: {
    auth: own.auth,
    validate: { params: idParams },
    app: { ...billing, summary: 'One own bill with its lines and payments', response: Bill },
  },
  handler: (request) =>
    reading(request, (db) => getBill(db, request.params.id, isOn(request.server.app.hms, 'insurance'))),
});

/** All that is open of the bill; the provider's page is where the browser goes next. */
const pay = route<{ Params: Id }>({
  method: 'POST',
  path: '/api/portal/bills/{id}/payments',
  options: {
    auth: own.auth,
    validate: { params: idParams },
    app: {
      ...billing,
      transaction: false,
      response: Intent,
      summary: 'Begins a payment of what is open; one that is under way for the same amount is taken up again',
    },
  },
  handler: async (request, h) => {
    const { hms } = request.server.app;
    const provider = providerOf(hms.config);
    if (!provider) throw refuse('payment_provider_away', { retryAfter: 60 });
    const bill = await reading(request, (db) => getBill(db, request.params.id, false));
    if (bill.status !== 'issued' || bill.openMinor <= 0) throw refuse('nothing_to_pay');
    let begun: PaymentState | undefined;
    await acting(request, h, async (tx, { patientId, userId }) => {
      const { openMinor: amountMinor, currency } = bill;
      begun = await beginPayment(tx, { invoiceId: bill.id, patientId, userId, amountMinor, currency });
      return {};
    });
    const { id, amountMinor, currency } = begun!;
    // Outside of the transaction: whatever the other side does, the payment is written down before it hears of it.
    const url = await openProvider(provider)
      .create({
        id,
        amountMinor,
        currency,
        returnUrl: `${hms.config.origin}/portal/bills/${bill.id}?payment=${id}`,
        language: localeOf(headerOf(request, 'accept-language')),
      })
      .catch(away);
    return h.response({ id, url, amountMinor, currency }).code(201);
  },
});

const away = (error: unknown): never => {
  if (error instanceof ProviderAway) throw refuse('payment_provider_away', { retryAfter: 30 });
  throw error;
};

/** On the way back from the provider's page, when its callback may still be under way: the provider is asked. */
const check = route<{ Params: Id }>({
  method: 'POST',
  path: '/api/portal/payments/{id}/check',
  options: {
    auth: own.auth,
    validate: { params: idParams },
    app: {
      ...billing,
      summary: 'Asks the payment provider what became of a payment',
      transaction: false,
      response: PaymentState,
    },
  },
  handler: async (request) => {
    const { hms } = request.server.app;
    const provider = providerOf(hms.config);
    const before = await reading(request, (db) => getPayment(db, request.params.id));
    if (before.status !== 'open' || !provider) return before;
    const said = await openProvider(provider).find(before.id).catch(away);
    if (said) await hms.db(service('portal')).transaction((tx) => settle(tx, said));
    return reading(request, (db) => getPayment(db, before.id));
  },
});

const callback = route<{ Payload: Buffer }>({
  method: 'POST',
  path: '/api/portal/payments/callback',
  options: {
    auth: false,
    payload: { parse: false, output: 'data', maxBytes: 8192 },
    app: {
      patientData: false,
      access: 'public',
      needs: 'billing',
      transaction: false,
      response: null,
      summary: 'What the payment provider reports: {id, status, amountMinor, currency}, signed in Payment-Signature',
    },
  },
  handler: async (request, h) => {
    const { hms } = request.server.app;
    const provider = providerOf(hms.config);
    const { payload } = request;
    if (
      !provider ||
      !Buffer.isBuffer(payload) ||
      !isSigned(payload, headerOf(request, 'payment-signature'), provider.callbackKey)
    )
      throw refuse('callback_not_signed');
    const said = SaidShape.safeParse(parsed(payload)).data;
    if (!said) return h.response().code(204); // signed, and not about a payment
    await hms.db(service('portal')).transaction(async (tx) => {
      await settle(tx, said);
      await writeAudit(tx, request as unknown as Request, { action: 'U', object: `portal-payment/${said.id}` });
    });
    return h.response().code(204);
  },
});

const parsed = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    return undefined;
  }
};

export const bills = [list, read, pay, check, callback];
