import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { invariants } from '../../plugins/messaging/invariants.ts';
import { sendDue } from '../../plugins/messaging/jobs/send.ts';
import { etag, startHospital, type Hospital } from '../scheduling/hospital.ts';
import { openGateway, openMailServer, type Gateway, type MailServer } from './peers.ts';

/** Monday 2 March 2026, 09:00 in Berlin. */
export { now } from '../scheduling/hospital.ts';
export { etag };

export const reportKey = 'report-key-report-key-report-key-0123';

export interface House extends Hospital {
  mail: MailServer;
  gateway: Gateway;
  /** A patient who agreed to both channels, with an address for each. */
  agreed: (more?: Partial<Consent>) => Promise<string>;
  consent: (patientId: string, wanted: Partial<Consent>) => Promise<unknown>;
  book: (patientId: string, startsAt: string, minutes?: number) => Promise<Booked>;
  move: (booked: Booked, startsAt: string) => Promise<Booked>;
  cancel: (booked: Booked) => Promise<Booked>;
  reinstate: (booked: Booked) => Promise<Booked>;
  /** Moves the clock, and sends what is due then. */
  at: (time: string) => Promise<void>;
  send: () => Promise<void>;
  messagesOf: (patientId: string) => Promise<Row[]>;
  /** Sentences of rules that do not hold. */
  broken: () => Promise<string[]>;
}
interface Consent {
  email: boolean;
  sms: boolean;
  declined: string[];
  language: string | null;
}
export interface Booked {
  id: string;
  version: number;
}

const Row = z.object({
  id: z.uuid(),
  kind: z.string(),
  channel: z.string(),
  status: z.string(),
  reason: z.string().nullable(),
  notBefore: z.string(),
  windowMinutes: z.int().nullable(),
  startsAt: z.string().nullable(),
  attempts: z.int(),
  body: z.string().nullable(),
});
export type Row = z.infer<typeof Row>;

/** A hospital whose messages go to a mail server and a gateway on loopback. */
export const startHouse = async (more: readonly string[] = [], env: Record<string, string> = {}): Promise<House> => {
  const mail = await openMailServer();
  const gateway = await openGateway();
  const hospital = await startHospital([...more, 'messaging'], {
    env: {
      OPENWARD_SMTP_URL: mail.url,
      OPENWARD_MAIL_FROM: 'desk@hospital.example',
      OPENWARD_SMS_URL: gateway.url,
      OPENWARD_SMS_TOKEN: gateway.token,
      OPENWARD_SMS_REPORT_KEY: reportKey,
      ...env,
    },
  });
  const { clerk, hms } = hospital;
  const ok = async (answer: ReturnType<typeof clerk.post>, status: number): Promise<Booked> => {
    const { status: got, body } = await answer;
    if (got !== status) throw new Error(`${got} ${JSON.stringify(body)}`);
    await hospital.settle();
    return { id: body.id, version: body.version };
  };
  let count = 0;
  const consent: House['consent'] = async (patientId, wanted) => {
    const path = `/api/patients/${patientId}/message-preference`;
    const { version } = (await clerk.get(path)).body;
    const whole = { email: true, sms: true, declined: [], language: null, ...wanted };
    const { status, body } = await clerk.put(path, whole, etag(version));
    if (status !== 200) throw new Error(`consent: ${status} ${JSON.stringify(body)}`);
    await hospital.settle();
  };
  /** The house's own job may have a part of it in hand. */
  const send = async (): Promise<void> => {
    await sendDue(hms.db(service('messaging')), hms);
    while (await hospital.db.exists(sql.unsafe`select from messaging.message where status = 'sending'`))
      await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const endOf = (startsAt: string, minutes: number) => Temporal.Instant.from(startsAt).add({ minutes }).toString();
  return {
    ...hospital,
    mail,
    gateway,
    consent,
    async agreed(wanted = {}) {
      const { status, body } = await clerk.post('/api/patients', {
        familyName: 'Secretname',
        givenName: 'Anna',
        birthDate: '1980-01-01',
        gender: 'female',
        phone: `+49 30 ${200000 + ++count}`,
        email: `p${count}@example.org`,
        city: 'Berlin',
      });
      if (status !== 201) throw new Error(`patient: ${status}`);
      await consent(body.id, wanted);
      return body.id;
    },
    book: (patientId, startsAt, minutes = 30) =>
      ok(
        clerk.post('/api/appointments', {
          patientId,
          practitionerId: hospital.practitioners[0],
          serviceId: hospital.service,
          startsAt,
          endsAt: endOf(startsAt, minutes),
          reason: 'Suspected tuberculosis',
        }),
        201,
      ),
    move: ({ id, version }, startsAt) =>
      ok(
        clerk.post(`/api/appointments/${id}/reschedule`, { startsAt, endsAt: endOf(startsAt, 30) }, etag(version)),
        200,
      ),
    cancel: ({ id, version }) =>
      ok(clerk.post(`/api/appointments/${id}/cancel`, { reason: 'Travels' }, etag(version)), 200),
    reinstate: ({ id, version }) => ok(clerk.post(`/api/appointments/${id}/reinstate`, {}, etag(version)), 200),
    async at(time) {
      await hospital.setClock(time);
      await send();
    },
    send,
    messagesOf: async (patientId) => [
      ...(await hospital.db.any(sql.type(Row)`
        select id, kind, channel, status, reason, not_before, window_minutes, appointment_starts_at as starts_at, attempts, body
        from messaging.message where patient_id = ${patientId} order by channel, kind, not_before, id
      `)),
    ],
    async broken() {
      const results = await Promise.all(
        Object.entries(invariants).map(async ([rule, query]) =>
          (await hospital.db.any(query)).length > 0 ? [rule] : [],
        ),
      );
      return results.flat();
    },
    async stop() {
      await hospital.stop();
      await mail.stop();
      await gateway.stop();
    },
  };
};
