import { createCipheriv, createDecipheriv, generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { z } from 'zod';
import type { Config } from '../../core/config.ts';
import { sql, type Db } from '../../core/database.ts';
import { keyFor } from './settings.ts';

const Row = z.strictObject({
  kid: z.string(),
  publicKey: z.record(z.string(), z.unknown()),
  sealed: z.instanceof(Buffer),
  retired: z.boolean(),
});
type Keeping = Pick<Config, 'settings'>;

/**
 * In the database, so that every process signs with the same one and a backup has it; sealed, so that the database alone signs
 * nothing.
 */
const seal = (text: string, config: Keeping): Buffer => {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyFor(config, 'signing keys'), nonce);
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
};

/** Null: it was sealed under another secret. */
const open = (kept: Buffer, config: Keeping): string | null => {
  try {
    const key = keyFor(config, 'signing keys');
    const decipher = createDecipheriv('aes-256-gcm', key, kept.subarray(0, 12), { authTagLength: 16 });
    decipher.setAuthTag(kept.subarray(12, 28));
    return Buffer.concat([decipher.update(kept.subarray(28)), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
};

const rows = (db: Db) =>
  db.any(sql.type(Row)`
    select k.kid, k.public_key, k.sealed, k.retired_at is not null as retired from oauth.signing_key k
    order by k.retired_at desc nulls first, k.kid limit 50
  `);

/** RSA, for RS256 is the one algorithm that every OpenID Connect client reads. */
const newKey = async (): Promise<{ kid: string; publicKey: JWK; privateKey: JWK }> => {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: 3072 });
  const publicKey = pair.publicKey.export({ format: 'jwk' }) as JWK;
  const kid = await calculateJwkThumbprint(publicKey);
  return { kid, publicKey, privateKey: pair.privateKey.export({ format: 'jwk' }) as JWK };
};

/** From now on a new key signs; what was signed before can be verified until it has ended. Gives the name of the new one. */
export const rotateSigningKey = async (db: Db, config: Keeping): Promise<string> => {
  const { kid, publicKey, privateKey } = await newKey();
  await db.transaction(async (tx) => {
    await tx.query(sql.unsafe`select pg_advisory_xact_lock(hashtext('oauth.signing_key'))`);
    await retire(tx);
    await insert(tx, kid, publicKey, seal(JSON.stringify(privateKey), config));
  });
  return kid;
};

const retire = (tx: Db) =>
  tx.query(sql.unsafe`update oauth.signing_key set retired_at = clock_timestamp() where retired_at is null`);
const insert = (tx: Db, kid: string, publicKey: JWK, sealed: Buffer) =>
  tx.query(sql.unsafe`
    insert into oauth.signing_key (kid, public_key, sealed) values (${kid}, ${JSON.stringify(publicKey)}::jsonb, ${sql.binary(sealed)})
  `);

export interface SigningKeys {
  /** With its private part. */
  signs: JWK;
  /** Everything that may be verified with, the one that signs first; public parts only. */
  shown: JWK[];
}

/** Makes the first one. One that another secret sealed is shown still, and another one signs. */
export const signingKeys = async (db: Db, config: Keeping): Promise<SigningKeys> => {
  const all = await rows(db);
  const [first] = all;
  const text = first && !first.retired ? open(first.sealed, config) : null;
  if (!first || text === null) {
    await makeOne(db, config, first?.retired === false ? first.kid : null);
    return signingKeys(db, config);
  }
  const shown = all.map(({ kid, publicKey }) => ({ ...publicKey, kid, alg: 'RS256', use: 'sig' }) as JWK);
  const signs = { ...(JSON.parse(text) as JWK), kid: first.kid, alg: 'RS256', use: 'sig' };
  return { signs, shown };
};

/** One process makes it, the others find it. */
const makeOne = async (db: Db, config: Keeping, unreadable: string | null): Promise<void> => {
  const { kid, publicKey, privateKey } = await newKey();
  await db.transaction(async (tx) => {
    await tx.query(sql.unsafe`select pg_advisory_xact_lock(hashtext('oauth.signing_key'))`);
    const now = (await rows(tx)).find(({ retired }) => !retired);
    if ((now?.kid ?? null) !== unreadable) return;
    await retire(tx);
    await insert(tx, kid, publicKey, seal(JSON.stringify(privateKey), config));
  });
};

/** Names of all, to notice that they have changed. */
export const signingKids = (db: Db): Promise<readonly string[]> =>
  db.anyFirst(sql.type(z.strictObject({ kid: z.string() }))`
    select k.kid from oauth.signing_key k order by k.retired_at desc nulls first, k.kid limit 50
  `);
