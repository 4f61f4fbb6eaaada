import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import Joi from 'joi';
import { z } from 'zod';
import { text } from '../../core/routes.ts';
import { Instant } from '../../core/shapes.ts';
import { Proof } from './passkeys/model.ts';
import { SessionTimes } from './session/model.ts';

export interface Credentials {
  username: string;
  password: string;
  newPassword?: string;
  /** Of the authenticator, or a recovery code. */
  code?: string;
  /** Instead of a code: what a device has signed. */
  passkey?: AuthenticationResponseJSON;
  /** From here on this browser stands for the second factor, a month at most. */
  trust?: boolean;
}
/** Longer input is refused before it is hashed. */
export const Credentials = Joi.object<Credentials, true>({
  username: text(64).required(),
  password: Joi.string().min(1).max(1000, 'utf8').required(),
  newPassword: Joi.string().min(8).max(1000, 'utf8'),
  code: text(20),
  passkey: Proof,
  trust: Joi.boolean(),
});

/** Of staff; patients may choose shorter ones. Any signs, no rules but length and that nobody would try it first. */
const staffPassword = () => Joi.string().min(12).max(1000, 'utf8');

/** Who one is, shown once more: one of the two, whichever they have at hand. */
export interface Again {
  password?: string;
  passkey?: AuthenticationResponseJSON;
}
export const Again = Joi.object<Again>({ password: Joi.string().min(1).max(1000, 'utf8'), passkey: Proof }).xor(
  'password',
  'passkey',
);

export interface OwnPassword extends Again {
  newPassword: string;
}
/** How long it has to be follows from whose it is. */
export const OwnPassword = Again.append<OwnPassword>({ newPassword: Joi.string().min(8).max(1000, 'utf8').required() });

export interface GivenPassword {
  password: string;
}
export const GivenPassword = Joi.object<GivenPassword, true>({ password: staffPassword().required() });

export interface NewUser {
  username: string;
  displayName: string;
  password: string;
  roles: string[];
}
export const NewUser = Joi.object<NewUser, true>({
  username: Joi.string()
    .trim()
    .pattern(/^[a-z0-9._-]{2,64}$/i, 'letters, digits, dot, dash')
    .required(),
  displayName: text(120).required(),
  password: staffPassword().required(),
  roles: Joi.array().items(text(64)).max(20).unique().required(),
});

export interface ChangedUser {
  displayName: string;
  active: boolean;
  roles: string[];
}
export const ChangedUser = Joi.object<ChangedUser, true>({
  displayName: text(120).required(),
  active: Joi.boolean().required(),
  roles: Joi.array().items(text(64)).max(20).unique().required(),
});

export const User = z
  .strictObject({
    id: z.uuid(),
    username: z.string(),
    displayName: z.string(),
    active: z.boolean(),
    roles: z.array(z.string()),
    version: z.int(),
    /** The password was given by somebody else and is changed with the next sign-in. */
    mustChange: z.boolean(),
    /** Too many wrong passwords: real time until which nobody gets in under this name from a browser they have not used before. */
    lockedUntil: Instant.nullable(),
  })
  .meta({ id: 'User' });

export type User = z.infer<typeof User>;

export const Account = z.strictObject({
  id: z.uuid(),
  username: z.string(),
  displayName: z.string(),
  active: z.boolean(),
  patientOnly: z.boolean(),
  roles: z.array(z.string()),
  permissions: z.array(z.string()),
  /** When the first of the roles ends by itself. */
  rolesEnd: Instant.nullable(),
});
export type Account = z.infer<typeof Account>;

export const SignInPage = z
  .strictObject({
    hospital: z.string(),
    demo: z.boolean(),
    /** Patients sign in here too. */
    portal: z.boolean(),
    /** Who has forgotten a password can be written to. */
    forgotten: z.boolean(),
    users: z.array(z.strictObject({ username: z.string(), title: z.string() })),
  })
  .meta({ id: 'SignInPage' });
export type SignInPage = z.infer<typeof SignInPage>;

export const SignedIn = z
  .strictObject({
    accessToken: z.string(),
    expiresIn: z.int(),
    /** The one patient whose record this session shows; only for those who see nothing else. */
    boundTo: z.uuid().optional(),
    /** How long the session lasts. */
    times: SessionTimes,
    /** Opens what this session's screen keeps while it cannot be sent; the server forgets it at the session's end. */
    keptKey: z.string(),
    /** For whoever set up an authenticator with this sign-in: told this once. */
    recoveryCodes: z.array(z.string()).optional(),
    user: z.strictObject({
      id: z.uuid(),
      username: z.string(),
      displayName: z.string(),
      roles: z.array(z.string()),
      permissions: z.array(z.string()),
    }),
  })
  .meta({ id: 'Session' });
export type SignedIn = z.infer<typeof SignedIn>;
