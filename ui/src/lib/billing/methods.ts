import * as m from '../messages.js';
import type { Payment } from '../types.ts';

/** Those that the till takes. */
export type TillMethod = Exclude<Payment['method'], 'online'>;
export const methods: readonly TillMethod[] = ['cash', 'card', 'transfer'];

export const methodWord = (method: Payment['method']): string =>
  ({ cash: m.pay_cash, card: m.pay_card, transfer: m.pay_transfer, online: m.pay_online })[method]();
