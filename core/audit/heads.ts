import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { sql, type Db } from '../database.ts';
import { lastSeal } from './seal.ts';

type Keeping = Pick<Config, 'auditHeads' | 'auditKey'>;

/** The end of the chain at a moment, as it stands in a file outside the database: one JSON object a line. */
const Head = z.strictObject({
  seq: z.int(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.iso.datetime(),
  /** A backup was restored: what earlier heads say beyond this place is not there any more, and nobody is to blame. */
  restored: z.literal(true).optional(),
  /** Ed25519 over the other fields, base64. */
  signature: z.string(),
});
export type Head = z.infer<typeof Head>;

/** RFC 8410: what stands before the 32 bytes of an Ed25519 private key in PKCS #8. */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The key pair that comes of the setting OPENWARD_AUDIT_KEY. */
const privateKey = (secret: string): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([pkcs8, createHash('sha256').update(`openward audit head ${secret}`).digest()]),
    format: 'der',
    type: 'pkcs8',
  });
const signedText = ({ seq, hash, at, restored }: Omit<Head, 'signature'>): Buffer =>
  Buffer.from(JSON.stringify(['openward audit head', seq, hash, at, restored ?? false]));

/**
 * Appends the end of the chain to the file of the day and says which place that was. `always`: also when it has not moved since.
 * @throws what the file system says
 */
export const exportHead = async (
  db: Db,
  { auditHeads, auditKey }: Keeping,
  how: { always?: boolean; restored?: true } = {},
): Promise<number> => {
  const { seq, hash } = await lastSeal(db);
  const exported = await db.oneFirst(sql.type(z.strictObject({ seq: z.int() }))`select seq from core.audit_export`);
  if (seq === exported && !how.always) return seq;
  const at = new Date().toISOString();
  const head = { seq, hash, at, ...(how.restored && { restored: how.restored }) };
  const signature = sign(null, signedText(head), privateKey(auditKey)).toString('base64');
  await mkdir(auditHeads, { recursive: true, mode: 0o700 });
  const line = `${JSON.stringify({ ...head, signature })}\n`;
  await appendFile(join(auditHeads, `${at.slice(0, 10)}.jsonl`), line, { mode: 0o600, flush: true });
  await db.query(
    sql.unsafe`update core.audit_export set seq = ${seq}, exported_at = clock_timestamp(), failed_at = null, fault = null`,
  );
  return seq;
};

export const noteFailedExport = (db: Db, fault: string): Promise<unknown> =>
  db.query(
    sql.unsafe`update core.audit_export set failed_at = coalesce(failed_at, clock_timestamp()), fault = ${fault}`,
  );

/** A line of a file of heads that nobody here has signed. */
export class ForgedHead extends Error {}

/**
 * Every head that was exported, in order of time.
 * @throws ForgedHead naming file and line
 */
export const readHeads = async ({ auditHeads, auditKey }: Keeping): Promise<Head[]> => {
  const key = createPublicKey(privateKey(auditKey));
  const files = await readdir(auditHeads).catch(() => []);
  const heads: Head[] = [];
  for (const file of files.filter((name) => name.endsWith('.jsonl')).sort()) {
    const lines = (await readFile(join(auditHeads, file), 'utf8')).split('\n');
    for (const [index, line] of lines.entries()) {
      if (line === '') continue;
      const head = parsed(line);
      if (!head || !verify(null, signedText(head), key, Buffer.from(head.signature, 'base64')))
        throw new ForgedHead(`${file}, line ${index + 1}, was not written by this hospital, or with another key.`);
      heads.push(head);
    }
  }
  return heads;
};

const parsed = (line: string): Head | undefined => {
  try {
    return Head.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
};
