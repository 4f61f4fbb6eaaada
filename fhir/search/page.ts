import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { refuse } from '../../core/refuse.ts';
import type { Cursor } from './rows.ts';

/** Everything that the next page needs. */
export interface Page {
  type: string;
  asked: (readonly [string, string])[];
  cursor: Cursor;
}

/**
 * The link to the next page carries the search sealed: a search may name a patient, and addresses end up in logs and
 * histories of browsers.
 */
export const sealPage = (sessionKey: string, page: Page): string => {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(sessionKey), iv);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(page)), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
};

/** @throws refusal `cursor_unusable` */
export const openPage = (sessionKey: string, text: string): Page => {
  try {
    const bytes = Buffer.from(text, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', keyOf(sessionKey), bytes.subarray(0, 12), { authTagLength: 16 });
    decipher.setAuthTag(bytes.subarray(12, 28));
    return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString()) as Page;
  } catch {
    throw refuse('cursor_unusable');
  }
};

const keyOf = (sessionKey: string): Buffer => Buffer.from(hkdfSync('sha256', sessionKey, '', 'fhir page', 32));
