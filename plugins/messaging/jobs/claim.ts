import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { alertOfFailure } from '../events/alerts.ts';
import { tellScreens } from '../events/plan.ts';
import { channels, kinds, languages } from '../model.ts';
import type { Verdict } from './decide.ts';

/** Messages that a worker holds at once; all are sent side by side, within the lease. */
const batch = 10;

const Due = z.strictObject({
  id: z.uuid(),
  subjectId: z.uuid().nullable(),
  kind: z.enum(kinds),
  channel: z.enum(channels),
  status: z.enum(['planned', 'held', 'sending']),
  urgent: z.boolean(),
  attempts: z.int(),
  round: z.int(),
  facts: z.object({
    startsAt: z.string().optional(),
    previousStartsAt: z.string().optional(),
    expiresAt: z.string().optional(),
    count: z.number().optional(),
    joinUrl: z.string().optional(),
    totalMinor: z.number().optional(),
    currency: z.string().optional(),
    code: z.string().optional(),
    origin: z.string().optional(),
  }),
  uselessAfter: z.string().nullable(),
  recipient: z.string().nullable(),
  language: z.enum(languages).nullable(),
  subject: z.string().nullable(),
  body: z.string().nullable(),
  address: z.string().nullable(),
  wantedLanguage: z.string().nullable(),
  isAlive: z.boolean(),
  isWished: z.boolean(),
  now: z.string(),
});
export type Due = z.infer<typeof Due>;

/**
 * Takes what is due, and what a worker that died has left, so that no other takes it: locked rows are passed over, and with
 * the commit they say `sending`. Two minutes are longer than any port waits.
 */
const lockDue = (tx: Db): Promise<readonly Due[]> =>
  tx.any(sql.type(Due)`
    select m.id, m.subject_id, m.kind, m.channel, m.status, m.urgent, m.attempts, m.round, m.facts, m.useless_after, m.recipient, m.language, m.subject, m.body,
      case m.channel when 'email' then p.email else p.phone end as address,
      coalesce(w.language, p.language) as wanted_language,
      p.active and p.deceased_at is null as is_alive,
      messaging.agreed(m.patient_id, messaging.topic(m.kind), m.channel, case m.channel when 'email' then w.email else w.sms end, coalesce(w.declined, '{}')) as is_wished,
      core.now() as now
    from messaging.message m
    join patients.patient p on p.id = m.patient_id
    left join messaging.preference w on w.patient_id = p.id
    where (m.status in ('planned', 'held') and m.not_before <= (select core.now()))
      or (m.status = 'sending' and m.claimed_at < clock_timestamp() - interval '2 minutes')
    order by m.not_before, m.id
    limit ${batch}
    for update of m skip locked
  `);

export interface Claimed extends Due {
  recipient: string;
  language: (typeof languages)[number];
  body: string;
}

/** Empty when nothing is due. `settled` counts those that were decided without being sent. */
export const claimDue = (db: Db, decide: (due: Due) => Verdict): Promise<{ claimed: Claimed[]; settled: number }> =>
  db.transaction(async (tx) => {
    const claimed: Claimed[] = [];
    const due = await lockDue(tx);
    for (const message of due) {
      const verdict = decide(message);
      if (verdict.do === 'send') {
        const { recipient, language, subject, body } = verdict;
        await tx.query(sql.unsafe`
          update messaging.message
          set status = 'sending', attempts = attempts + 1, claimed_at = clock_timestamp(), reason = null,
            recipient = ${recipient}, language = ${language}, subject = ${subject}, body = ${body}
          where id = ${message.id}
        `);
        claimed.push({ ...message, attempts: message.attempts + 1, recipient, language, subject, body });
      } else await settle(tx, message.id, verdict);
    }
    if (due.length > 0) tellScreens(tx, due[0]!.id);
    return { claimed, settled: due.length - claimed.length };
  });

const settle = async (tx: Db, id: string, verdict: Exclude<Verdict, { do: 'send' }>): Promise<void> => {
  const [status, notBefore] = verdict.do === 'hold' ? ['held', verdict.until] : [verdict.status, null];
  if (status === 'failed') await alertOfFailure(tx);
  await tx.query(sql.unsafe`
    update messaging.message
    set status = ${status}, reason = ${verdict.reason}, not_before = coalesce(${notBefore}, not_before)
    where id = ${id}
  `);
};

/** The result of one attempt; written only while the message is still this worker's. */
export const recordResult = (
  db: Db,
  { id, attempts }: Claimed,
  result:
    | { status: 'sent'; transport: string; providerId: string | null }
    | { status: 'planned'; reason: string; waitMinutes: number }
    | { status: 'failed'; reason: string },
): Promise<boolean> =>
  db.transaction(async (tx) => {
    const sent = result.status === 'sent' ? result : null;
    const row = await tx.maybeOne(sql.unsafe`
      update messaging.message
      set status = ${result.status}, claimed_at = null,
        reason = ${sent ? null : (result as { reason: string }).reason},
        not_before = coalesce(core.now() + make_interval(mins => ${result.status === 'planned' ? result.waitMinutes : null}), not_before),
        transport = ${sent?.transport ?? null}, provider_id = ${sent?.providerId ?? null}, sent_at = case when ${sent !== null} then core.now() end
      where id = ${id} and status = 'sending' and attempts = ${attempts}
      returning id
    `);
    if (row !== null) tellScreens(tx, id);
    return row !== null;
  });
