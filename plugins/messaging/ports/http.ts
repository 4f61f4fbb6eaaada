import type { Addresses } from '../settings.ts';
import { Undelivered, type Port } from './port.ts';

const patience = 10_000;
const mostBytes = 65_536;

/** What is wrong with our key, our pace or the gateway is not the message's fault. */
const notOurs = new Set([401, 403, 404, 405, 408, 425, 429]);
/** The gateway has this reference already: an earlier attempt did arrive. */
const known = 409;

/** A gateway that takes `{to, text, reference}` with a bearer token, and answers `{id}`. */
export const openHttp = ({ url, token }: NonNullable<Addresses['sms']>): Port => ({
  transport: 'http',
  async send({ to, body, reference }) {
    const number = to.replace(/[\s()/.-]/g, '');
    if (!/^\+?\d{5,15}$/.test(number)) throw new Undelivered('address-unusable', true);
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': reference,
      },
      body: JSON.stringify({ to: number, text: body, reference }),
      redirect: 'error', // the token is for this origin
      signal: AbortSignal.timeout(patience),
    }).catch(() => undefined);
    if (!response) throw new Undelivered('gateway-away', false);
    const answer = await beginningOf(response);
    if (response.ok || response.status === known) return idIn(answer);
    const permanent = response.status >= 400 && response.status < 500 && !notOurs.has(response.status);
    throw new Undelivered(`http-${response.status}`, permanent);
  },
  close: () => {},
});

const beginningOf = async (response: Response): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > mostBytes) break;
    }
  } catch {
    // The status has been said; the rest is only an id.
  }
  return Buffer.concat(chunks).toString();
};

const idIn = (answer: string): string | null => {
  try {
    const { id } = JSON.parse(answer) as { id?: unknown };
    return typeof id === 'string' || typeof id === 'number' ? String(id).slice(0, 200) : null;
  } catch {
    return null;
  }
};
