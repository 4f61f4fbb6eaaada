/**
 * A payment provider for the demo hospital and for tests: on a real socket, in memory, with a page of its own on which a person
 * pays, is refused, or leaves. What it knows it reports to the hospital, signed, until the hospital has taken it.
 * `node scripts/payment-simulator.ts [port]`.
 */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Payment {
  id: string;
  status: 'open' | 'paid' | 'refused' | 'abandoned' | 'refunded';
  amountMinor: number;
  currency: string;
  returnUrl: string;
  language: string;
}

export interface Provider {
  url: string;
  key: string;
  callbackKey: string;
  /** Connections are refused while it is away. */
  away: (is: boolean) => void;
  /** Reports are kept back while it is mute. */
  mute: (is: boolean) => void;
  payments: Map<string, Payment>;
  /** Where it reports to; may be told when the hospital has started. */
  reportTo: (url: string) => void;
  /** As the person on its page does. */
  decide: (id: string, status: Payment['status']) => Promise<void>;
  /** One report, whatever it says: gives the hospital's status. */
  report: (payment: object, options?: { key?: string; at?: number }) => Promise<number>;
  stop: () => Promise<void>;
}

interface Options {
  port?: number;
  key?: string;
  callbackKey?: string;
  callbackUrl?: string;
}

const words = {
  en: ['Pay', 'Card refused', 'Leave', 'You pay', 'This is a simulated payment page. No money moves.'],
  es: ['Pagar', 'Tarjeta rechazada', 'Salir', 'Usted paga', 'Esta es una página de pago simulada. No se mueve dinero.'],
  ar: ['ادفع', 'رُفضت البطاقة', 'خروج', 'ستدفع', 'هذه صفحة دفع تجريبية. لا تُنقل أي أموال.'],
} as const;
type Language = keyof typeof words;

export const startProvider = async ({
  port = 3002,
  key = demoKeys.key,
  callbackKey = demoKeys.callbackKey,
  callbackUrl = '',
}: Options = {}): Promise<Provider> => {
  const payments = new Map<string, Payment>();
  let isAway = false;
  let isMute = false;
  let address = callbackUrl;
  const retries = new Set<NodeJS.Timeout>();

  const report: Provider['report'] = async (payment, { key: signingKey = callbackKey, at } = {}) => {
    const body = JSON.stringify(payment);
    const seconds = at ?? Math.floor(Date.now() / 1000);
    const signature = createHmac('sha256', signingKey)
      .update(`${String(seconds)}.${body}`)
      .digest('hex');
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'payment-signature': `t=${String(seconds)},v1=${signature}` },
      body,
    });
    return response.status;
  };
  const said = ({ id, status, amountMinor, currency }: Payment) => ({ id, status, amountMinor, currency });

  /** Until it is taken, with growing pauses. */
  const reportUntilTaken = async (payment: Payment, wait = 1_000): Promise<void> => {
    if (isMute || !address) return;
    const status = await report(said(payment)).catch(() => 0);
    if ((status >= 200 && status < 300) || wait > 60_000) return;
    const retry = setTimeout(() => {
      retries.delete(retry);
      void reportUntilTaken(payment, wait * 2);
    }, wait);
    retries.add(retry);
  };
  const decide = async (id: string, status: Payment['status']): Promise<void> => {
    const payment = payments.get(id);
    if (!payment) throw new Error(`No payment ${id}`);
    if (payment.status === 'paid' && status !== 'refunded') return;
    payment.status = status;
    await reportUntilTaken({ ...payment });
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'http://provider');
    const [, noun, id = '', verb] = pathname.split('/');
    const json = (status: number, body: object) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const payment = payments.get(id);
    if (noun === 'pay') {
      if (!payment) return void response.writeHead(404).end();
      if (request.method === 'POST') {
        const choice = new URLSearchParams(await textOf(request)).get('choice');
        await decide(id, choice === 'pay' ? 'paid' : choice === 'refuse' ? 'refused' : 'abandoned');
        return void response.writeHead(303, { location: payment.returnUrl }).end();
      }
      const policy = "default-src 'none'; style-src 'unsafe-inline'";
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy });
      return void response.end(page(payment));
    }
    if (noun !== 'payments' || request.headers.authorization !== `Bearer ${key}`) return json(401, {});
    if (request.method === 'PUT') {
      const wanted = JSON.parse(await textOf(request)) as Omit<Payment, 'id' | 'status'>;
      if (!payment || payment.status !== 'paid') payments.set(id, { ...wanted, id, status: 'open' });
      return json(200, { url: `${urlOf()}/pay/${id}` });
    }
    if (!payment) return json(404, {});
    if (verb === 'refund' && payment.status === 'paid') payment.status = 'refunded';
    return json(200, said(payment));
  };

  const server = createServer((request, response) => {
    if (isAway) return void request.socket.destroy();
    handle(request, response).catch(() => response.writeHead(400).end());
  });
  const urlOf = () => `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: urlOf(),
    key,
    callbackKey,
    payments,
    away: (is) => void (isAway = is),
    mute: (is) => void (isMute = is),
    reportTo: (url) => void (address = url),
    decide,
    report,
    stop: () =>
      new Promise((resolve) => {
        for (const retry of retries) clearTimeout(retry);
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const textOf = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return text;
};

/** Plain, and plainly not the hospital's. */
const page = ({ amountMinor, currency, language }: Payment): string => {
  const locale: Language = language in words ? (language as Language) : 'en';
  const [pay, refuse, leave, title, hint] = words[locale];
  const format = new Intl.NumberFormat(`${locale}-u-nu-latn`, { style: 'currency', currency });
  const amount = format.format(amountMinor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
  return `<!doctype html><html lang="${locale}" dir="${locale === 'ar' ? 'rtl' : 'ltr'}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>
<style>body{font:18px/1.5 system-ui,sans-serif;max-width:26rem;margin:10vh auto;padding:0 1rem;color:#222}
button{display:block;width:100%;min-height:52px;margin-block:.75rem;font:inherit;border:1px solid #767676;border-radius:8px;background:#fff;color:#222}
button:first-of-type{background:#1d4ed8;border-color:#1d4ed8;color:#fff}</style>
<main><h1>${title} ${amount}</h1><p>${hint}</p><form method="post">
<button name="choice" value="pay">${pay} ${amount}</button><button name="choice" value="refuse">${refuse}</button>
<button name="choice" value="leave">${leave}</button></form></main></html>`;
};

/** Known, so they are for the demo alone. */
export const demoKeys = {
  key: 'payment-simulator-key',
  callbackKey: 'payment-simulator-callback-key-no-secret',
};

/**
 * The demo hospital has a provider to pay with: started beside it, and named to it, unless another one is set. Never in
 * production or with a database of one's own; where the port is taken, nothing is paid online.
 */
export const paymentsOfDemo = async (env: Record<string, string | undefined>): Promise<void> => {
  const own =
    env.NODE_ENV === 'production' || (env.DATABASE_URL && env.OPENWARD_DEMO !== '1') || env.OPENWARD_DEMO === '0';
  const off = env.OPENWARD_PLUGINS && !/\bportal\b/.test(env.OPENWARD_PLUGINS);
  if (own || off || env.OPENWARD_PAYMENT_URL) return;
  const origin = env.ORIGIN ?? `http://localhost:${env.PORT ?? '3000'}`;
  const provider = await startProvider({ callbackUrl: `${origin}/api/portal/payments/callback` }).catch(
    () => undefined,
  );
  if (!provider) return;
  env.OPENWARD_PAYMENT_URL = provider.url;
  env.OPENWARD_PAYMENT_KEY = provider.key;
  env.OPENWARD_PAYMENT_CALLBACK_KEY = provider.callbackKey;
};

if (import.meta.main) {
  const { url } = await startProvider({
    port: Number(process.argv[2] ?? 3002),
    callbackUrl: process.argv[3] ?? 'http://localhost:3000/api/portal/payments/callback',
  });
  process.stdout.write(`A payment provider answers at ${url}\n`);
}
