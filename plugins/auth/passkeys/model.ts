import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import Joi from 'joi';
import { z } from 'zod';
import { text } from '../../../core/routes.ts';
import { Instant } from '../../../core/shapes.ts';

/** As its person sees it. */
export const Passkey = z
  .strictObject({ id: z.uuid(), name: z.string(), createdAt: Instant, usedAt: Instant.nullable() })
  .meta({ id: 'Passkey' });
export type Passkey = z.infer<typeof Passkey>;

/** What the browser's `navigator.credentials` takes: https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialrequestoptionsjson */
export const Options = z.looseObject({ challenge: z.string() }).meta({ id: 'PasskeyOptions' });

const bytes = (max: number) => Joi.string().base64({ urlSafe: true, paddingRequired: false }).max(max);
/** Those that R. 3 of WebAuthn names, and what a browser adds: looked at by the library, which takes nothing on trust. */
const around = {
  id: bytes(1400).required(),
  rawId: bytes(1400).required(),
  type: Joi.string().valid('public-key').required(),
  authenticatorAttachment: Joi.string().max(40).allow(null),
  clientExtensionResults: Joi.object().max(20).unknown().required(),
};

/** The answer of a device that holds a passkey already. */
export const Proof = Joi.object<AuthenticationResponseJSON>({
  ...around,
  response: Joi.object({
    clientDataJSON: bytes(4000).required(),
    authenticatorData: bytes(4000).required(),
    signature: bytes(8000).required(),
    userHandle: bytes(200).allow(null),
  }).required(),
});

/** The answer of a device that has just made one. */
export const Made = Joi.object<RegistrationResponseJSON>({
  ...around,
  response: Joi.object({
    clientDataJSON: bytes(4000).required(),
    attestationObject: bytes(40_000).required(),
    authenticatorData: bytes(8000),
    transports: Joi.array().items(Joi.string().max(40)).max(10),
    publicKeyAlgorithm: Joi.number(),
    publicKey: bytes(8000),
  }).required(),
});

export interface NewPasskey {
  name: string;
  passkey: RegistrationResponseJSON;
}
export const NewPasskey = Joi.object<NewPasskey>({ name: text(60).required(), passkey: Made.required() });
