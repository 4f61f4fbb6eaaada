import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { hashPassword } from '../../plugins/auth/password.ts';
import { startProvider, type Provider } from '../../scripts/payment-simulator.ts';
import { etag } from '../ehr/ward.ts';
import { startBench, type Bench } from '../laboratory/bench.ts';
import { clientOf, type Answer, type Client } from '../hms.ts';

export interface Desk extends Bench {
  cashier: Client;
  provider: Provider;
  /** Somebody who has taken up an invitation to a record; without one, a new patient's own. */
  enrolled: (more?: { patientId?: string; role?: string; username?: string }) => Promise<Portal>;
  /** A finished visit on an invoice of 45.50. */
  billed: (patientId: string) => Promise<Answer['body']>;
  holds: () => Promise<void>;
}

export interface Portal extends Client {
  patientId: string;
  username: string;
}

export const secret = 'seven green herons';
export const birthDate = '1980-01-01';
export const key = () => ({ 'idempotency-key': randomUUID() });

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

/** A clinic with a portal and a payment provider, both on real sockets. */
export const startDesk = async (more: readonly string[] = [], env: Record<string, string> = {}): Promise<Desk> => {
  const provider = await startProvider({ port: 0 });
  const port = await freePort();
  const ward = await startBench(['billing', 'messaging', 'portal', ...more], {
    PORT: String(port),
    ORIGIN: `http://127.0.0.1:${port}`,
    OPENWARD_PAYMENT_URL: provider.url,
    OPENWARD_PAYMENT_KEY: provider.key,
    OPENWARD_PAYMENT_CALLBACK_KEY: provider.callbackKey,
    ...env,
  });
  provider.reportTo(`${ward.url}/api/portal/payments/callback`);
  const [cashier, admin] = await Promise.all([ward.as('cashier'), ward.as('admin')]);
  const price = { display: 'Consultation', unitPrice: '45.50', currency: 'EUR' };
  for (const code of ['CONSULT', 'VISIT-AMB']) assert.is((await admin.put(`/api/prices/${code}`, price)).status, 200);
  let count = 0;
  return {
    ...ward,
    cashier,
    provider,
    async enrolled({ patientId, role = 'self', username } = {}) {
      count += 1;
      const id = patientId ?? (await ward.patient());
      const name = username ?? `person${count}`;
      // The way by invitation is tested for itself; it hashes as slowly as it should.
      await ward.db.query(sql.unsafe`
        with made as (
          insert into auth."user" (username, display_name, password_hash, patient_only)
          values (${name}, ${`Person ${count}`}, ${await hashPassword(secret, ward.hms.config)}, true)
          on conflict (username) do nothing
          returning id
        ),
        role as (insert into auth.user_role (user_id, role) select id, 'patient' from made)
        insert into portal.access (user_id, patient_id, role)
        select id, ${id}, ${role} from (select id from made union select id from auth."user" where username = ${name}) it
      `);
      const login = await ward.anonymous.post('/api/auth/login', { username: name, password: secret });
      const first = clientOf(ward.url, login.body.accessToken);
      const changed = login.body.boundTo === id ? login : await first.post('/api/portal/switch', { patientId: id });
      assert.is(changed.body.boundTo, id, JSON.stringify(changed.body));
      return { ...clientOf(ward.url, changed.body.accessToken), patientId: id, username: name };
    },
    async billed(patientId) {
      const { body: visit } = await ward.walkIn(patientId);
      const started = await ward.doctor.post(`/api/encounters/${visit.id}/start`, {}, etag(visit.version));
      const ended = await ward.doctor.post(`/api/encounters/${visit.id}/finish`, {}, etag(started.body.version));
      assert.is(ended.status, 200, JSON.stringify(ended.body));
      await ward.settle();
      const invoice = await cashier.post('/api/invoices', { patientId }, key());
      assert.is(invoice.status, 201, JSON.stringify(invoice.body));
      return invoice.body;
    },
    async holds() {
      for (const plugin of ward.hms.plugins)
        for (const [rule, query] of Object.entries(plugin.invariants ?? {}))
          assert.equal(await ward.db.any(query), [], `${plugin.name}: ${rule}`);
    },
    async stop() {
      await ward.stop();
      await provider.stop();
    },
  };
};
