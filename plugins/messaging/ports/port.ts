/** What leaves the house. */
export interface Outgoing {
  to: string;
  subject: string | null;
  body: string;
  /** The same for every attempt: a gateway that knows it again sends it once. */
  reference: string;
  language: string;
  /** By e-mail: the appointment as calendar programs read it. */
  calendar?: string;
}

/** A way out of the house. */
export interface Port {
  readonly transport: 'smtp' | 'http' | 'shown';
  /** The other side's id, if it gives one. @throws Undelivered */
  send(message: Outgoing): Promise<string | null>;
  close(): void;
}

/** Why a message did not go. The code is for logs and lists; what the other side wrote stays out, for it quotes addresses. */
export class Undelivered extends Error {
  readonly code: string;
  /** Trying again would not help. */
  readonly permanent: boolean;
  constructor(code: string, permanent: boolean) {
    super(code);
    this.code = code
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .slice(0, 60);
    this.permanent = permanent;
  }
}

/** Without an address nothing goes out: the page shows what would have. */
export const shown: Port = { transport: 'shown', send: async () => null, close: () => {} };
