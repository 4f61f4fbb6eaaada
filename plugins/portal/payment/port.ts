/** What the provider says of a payment. `id` is the hospital's own reference. */
export interface Said {
  id: string;
  status: 'open' | 'paid' | 'refused' | 'abandoned' | 'refunded';
  amountMinor: number;
  currency: string;
}

export interface Wanted {
  id: string;
  amountMinor: number;
  currency: string;
  /** Where the provider's page leads back to. */
  returnUrl: string;
  language: string;
}

/** A provider of online payments. Every call may be repeated: the reference makes it one payment, one refund. */
export interface PaymentPort {
  /** The address of the page where it is paid. @throws ProviderAway */
  create(wanted: Wanted): Promise<string>;
  /** Null: it has never heard of it. @throws ProviderAway */
  find(id: string): Promise<Said | null>;
  /** All of it. @throws ProviderAway */
  refund(id: string): Promise<void>;
}

/** Nothing is known about what was asked; it is asked again. */
export class ProviderAway extends Error {}
