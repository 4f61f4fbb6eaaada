import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { findPractitionerOfUser } from '../../facility/api.ts';
import type { Note, NoteText } from '../model.ts';
import { patientOfEncounter } from '../queries/encounters.ts';
import * as q from '../queries/notes.ts';

const author = async (tx: Db): Promise<q.Author> => ({
  id: (await findPractitionerOfUser(tx, tx.actor.id))?.id ?? null,
  name: tx.actor.displayName,
});

/** `version` null writes the first draft. @throws not_found, version_stale with the version that is there, note_signed with the way out */
export const writeNote = async (tx: Db, encounterId: string, version: number | null, text: NoteText): Promise<Note> => {
  const patientId = await patientOfEncounter(tx, encounterId);
  if (patientId === null) throw refuse('not_found');
  const before = await q.findNote(tx, encounterId);
  if (version === null) {
    const id = before ? null : await q.insertNote(tx, { encounterId, patientId }, text, await author(tx));
    if (id === null) throw refuse('version_stale', { version: before?.version ?? 1 });
    return q.getNote(tx, id);
  }
  if (!before) throw refuse('not_found');
  if (before.version !== version) throw refuse('version_stale', { version: before.version });
  if (before.status !== 'preliminary')
    throw refuse('note_signed', { next: `/api/encounters/${encounterId}/note/amend` });
  if ((await q.updateNote(tx, before.id, version, text)) === null) throw refuse('version_stale');
  return q.getNote(tx, before.id);
};

const current = async (tx: Db, encounterId: string, version: number): Promise<Note> => {
  const before = await q.findNote(tx, encounterId);
  if (!before) throw refuse('not_found');
  if (before.version !== version) throw refuse('version_stale', { version: before.version });
  return before;
};

/** @throws not_found, version_stale, note_signed, note_empty */
export const signNote = async (tx: Db, encounterId: string, version: number): Promise<Note> => {
  const before = await current(tx, encounterId, version);
  if (before.status !== 'preliminary')
    throw refuse('note_signed', { next: `/api/encounters/${encounterId}/note/amend` });
  if (`${before.reason}${before.findings}${before.plan}`.trim() === '') throw refuse('note_empty');
  if ((await q.signNote(tx, before.id, version, await author(tx))) === null) throw refuse('version_stale');
  await publish(tx, 'ehr.note-signed', before.id, { patientId: before.patientId, encounterId });
  return q.getNote(tx, before.id);
};

/** What was found later is added below what was signed. @throws not_found, version_stale, note_not_signed */
export const amendNote = async (tx: Db, encounterId: string, version: number, text: string): Promise<Note> => {
  const before = await current(tx, encounterId, version);
  if (before.status === 'preliminary') throw refuse('note_not_signed');
  if ((await q.amendNote(tx, before.id, version, text, tx.actor.displayName)) === null) throw refuse('version_stale');
  await publish(tx, 'ehr.note-amended', before.id, { patientId: before.patientId, encounterId });
  return q.getNote(tx, before.id);
};
