import type { Db } from '../../core/database.ts';
import type { Event } from '../../core/plugin.ts';
import { claimForPayer, eligibilityForPayer } from './outgoing.ts';
import { cancelMessages, insertMessage } from './queries.ts';

interface Submitted {
  patientId: string;
  payerId: string;
  sendAfter: string | null;
}

/** Stored before it is sent. What other systems have submitted is not ours to send. */
export const storeClaim = async (tx: Db, event: Event<Submitted>): Promise<void> => {
  if (event.origin === 'import') return;
  const { patientId, payerId, sendAfter } = event.facts;
  const { identifier, body } = await claimForPayer(tx, event.subjectId);
  await insertMessage(tx, {
    kind: 'claim',
    subjectId: event.subjectId,
    identifier,
    patientId,
    payerId,
    body,
    sendAfter,
  });
};

export const takeBack = (tx: Db, event: Event): Promise<unknown> => cancelMessages(tx, event.subjectId);

interface Asked {
  patientId: string;
  payerId: string;
  coverageId: string;
}

export const storeQuestion = async (tx: Db, event: Event<Asked>): Promise<void> => {
  if (event.origin === 'import') return;
  const { patientId, payerId } = event.facts;
  const { identifier, body } = await eligibilityForPayer(tx, event.subjectId, event.facts);
  const subjectId = event.subjectId;
  await insertMessage(tx, { kind: 'eligibility', subjectId, identifier, patientId, payerId, body, sendAfter: null });
};
