import {
  browserSupportsWebAuthn,
  startAuthentication,
  startRegistration,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser';
import { anybody } from './api.ts';
import * as m from './messages.js';
import type { Payloads } from './types.ts';

/** What the server says a device needs; only the browser reads it. */
type Options = { challenge: string };
/** What a device has signed, as the server takes it. */
export type Shown = Payloads['POST']['/api/auth/passkeys/sign-in']['passkey'];
type Made = Payloads['POST']['/api/auth/passkeys']['passkey'];

export const canPasskey = (): boolean => browserSupportsWebAuthn();

/** Asks the person for a finger, a face, a key. @throws what `passkeyProblem` has words for */
export const showPasskey = async (options: Options): Promise<Shown> =>
  plain(await startAuthentication({ optionsJSON: options as PublicKeyCredentialRequestOptionsJSON }));

/** As whoever the device says they are. */
export const showAnyPasskey = async (): Promise<Shown> =>
  showPasskey(await anybody.post('/api/auth/passkeys/sign-in/options', {}));

export const makePasskey = async (options: Options): Promise<Made> =>
  plain(await startRegistration({ optionsJSON: options as PublicKeyCredentialCreationOptionsJSON }));

/** What an extension says is nobody's business here; the server wants the field. */
const plain = <T>(it: T): T & { clientExtensionResults: Record<string, unknown> } => ({
  ...it,
  clientExtensionResults: {},
});

/** What a browser says when nothing came of it, in words; undefined: it was no refusal of the browser's. */
export const passkeyProblem = (error: unknown): string | undefined =>
  error instanceof Error ? words[error.name]?.() : undefined;

/** https://www.w3.org/TR/webauthn-3/#sctn-createCredential names them: who waits too long is told the same as who says no. */
const words: Record<string, () => string> = {
  NotAllowedError: m.passkey_left,
  AbortError: m.passkey_left,
  InvalidStateError: m.passkey_there,
  SecurityError: m.passkey_elsewhere,
};
