import { randomBytes } from 'node:crypto';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
} from '@simplewebauthn/server';
import type { Config } from '../../../core/config.ts';
import type { Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import * as q from './queries.ts';

/** Where passkeys belong: the house's public address and no other, whatever name a request came by. */
const placeOf = ({ origin }: Config) => ({ origin, host: new URL(origin).hostname });

/** EdDSA, ES256, RS256: what devices have. https://www.iana.org/assignments/cose */
const algorithms = [-8, -7, -257];

/** As long as the challenge counts. */
const timeout = 120_000;
const newChallenge = async (db: Db, purpose: q.Purpose, userId: string | null) => {
  const challenge = randomBytes(32);
  await q.insertChallenge(db, { challenge: challenge.toString('base64url'), purpose, userId });
  return new Uint8Array(challenge);
};

/** The user's id alone, so that a device that is found tells nobody whose it is. */
const handleOf = (userId: string): Buffer => Buffer.from(userId.replaceAll('-', ''), 'hex');

/** What a device needs to make a passkey that knows by itself whose it is, and asks for a finger or a PIN each time. */
export const askToRegister = async (
  db: Db,
  config: Config,
  user: { id: string; username: string; displayName: string },
) =>
  generateRegistrationOptions({
    rpName: config.hospital,
    rpID: placeOf(config).host,
    userName: user.username,
    userDisplayName: user.displayName,
    userID: new Uint8Array(handleOf(user.id)),
    challenge: await newChallenge(db, 'register', user.id),
    timeout,
    attestationType: 'none',
    supportedAlgorithmIDs: algorithms,
    excludeCredentials: [...(await q.listCredentials(db, user.id))],
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });

/** @throws refusal passkey_not_made */
export const readMade = async (db: Db, config: Config, userId: string, response: RegistrationResponseJSON) => {
  const { origin, host } = placeOf(config);
  const made = await verifyRegistrationResponse({
    response,
    expectedChallenge: (challenge) => q.takeChallenge(db, { challenge, purpose: 'register', userId }),
    expectedOrigin: origin,
    expectedRPID: host,
    supportedAlgorithmIDs: algorithms,
  }).catch(() => null); // every error of it says what is wrong with what was sent
  if (!made?.verified) throw refuse('passkey_not_made');
  const { credential } = made.registrationInfo;
  return {
    userId,
    credentialId: credential.id,
    publicKey: Buffer.from(credential.publicKey),
    counter: credential.counter,
    transports: credential.transports ?? [],
  };
};

/** What a device needs to sign; null: it says itself whose it is. */
export const askToProve = async (db: Db, config: Config, userId: string | null) =>
  generateAuthenticationOptions({
    rpID: placeOf(config).host,
    challenge: await newChallenge(db, userId === null ? 'sign-in' : 'prove', userId),
    timeout,
    userVerification: 'required',
    ...(userId === null ? {} : { allowCredentials: [...(await q.listCredentials(db, userId))] }),
  });

export type Proved = { userId: string } | { refused: 'unknown' | 'wrong' | 'copied'; userId: string | null };

/**
 * Whose device has signed what it was asked to: of this person, or whoever signs in. Not inside a request's transaction: a
 * challenge is used up by a wrong answer too.
 */
export const readProof = async (
  db: Db,
  config: Config,
  userId: string | null,
  response: AuthenticationResponseJSON,
): Promise<Proved> => {
  const { origin, host } = placeOf(config);
  const kept = await q.findPasskey(db, response.id);
  const handle = response.response.userHandle;
  const isTheirs =
    kept !== null &&
    (userId === null || kept.userId === userId) &&
    (handle ? handle === handleOf(kept.userId).toString('base64url') : userId !== null);
  if (!isTheirs) return { refused: 'unknown', userId };
  const proof = await verifyAuthenticationResponse({
    response,
    expectedChallenge: (challenge) =>
      q.takeChallenge(db, { challenge, purpose: userId === null ? 'sign-in' : 'prove', userId }),
    expectedOrigin: origin,
    expectedRPID: host,
    // The counter is compared below, of a signature that is right and in one statement with its change.
    credential: { id: kept.credentialId, publicKey: new Uint8Array(kept.publicKey), counter: -1 },
  }).catch(() => null); // every error of it says what is wrong with what was sent
  if (!proof?.verified) return { refused: 'wrong', userId: kept.userId };
  if (!(await q.countUse(db, kept.id, proof.authenticationInfo.newCounter)))
    return { refused: 'copied', userId: kept.userId };
  return { userId: kept.userId };
};
