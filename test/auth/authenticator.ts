import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

type Bytes = Buffer | Uint8Array;
const sha256 = (data: Bytes | string) => createHash('sha256').update(data).digest();
const base64 = (data: Bytes) => Buffer.from(data).toString('base64url');

/** As much CBOR (RFC 8949) as a passkey needs: integers, bytes, text and maps. */
type Cbor = number | string | Bytes | Map<number | string, Cbor>;
const head = (major: number, n: number): Buffer =>
  n < 24
    ? Buffer.from([(major << 5) | n])
    : n < 256
      ? Buffer.from([(major << 5) | 24, n])
      : Buffer.from([(major << 5) | 25, n >> 8, n & 255]);
const cbor = (it: Cbor): Buffer => {
  if (typeof it === 'number') return it < 0 ? head(1, -1 - it) : head(0, it);
  if (typeof it === 'string') return Buffer.concat([head(3, Buffer.byteLength(it)), Buffer.from(it)]);
  if (it instanceof Map) return Buffer.concat([head(5, it.size), ...[...it].flatMap(([k, v]) => [cbor(k), cbor(v)])]);
  return Buffer.concat([head(2, it.length), it]);
};

export interface Shown {
  /** What a browser at another address would say. */
  origin?: string;
  host?: string;
  /** The person has opened the device. */
  verified?: boolean;
  counter?: number;
  userHandle?: string | null;
}

/** A device as browsers know them, in software: one passkey, and what it signs. */
export class Authenticator {
  readonly id = base64(randomBytes(32));
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  #counter = 0;
  #handle = '';
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  #client(type: string, challenge: string, { origin = this.#origin }: Shown): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  }

  #data(
    { host = new URL(this.#origin).hostname, verified = true, counter = (this.#counter += 1) }: Shown,
    made = false,
  ) {
    const flags = 0x01 | (verified ? 0x04 : 0) | (made ? 0x40 : 0);
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    return Buffer.concat([sha256(host), Buffer.from([flags]), count]);
  }

  /** Answers `navigator.credentials.create`. */
  make({ challenge, user }: { challenge: string; user: { id: string } }, shown: Shown = {}) {
    this.#handle = user.id;
    const { x = '', y = '' } = this.#keys.publicKey.export({ format: 'jwk' });
    const key = cbor(
      new Map<number, Cbor>([[1, 2], [3, -7], [-1, 1], [-2, Buffer.from(x, 'base64url')], [-3, Buffer.from(y, 'base64url')]]),
    ); // prettier-ignore
    const id = Buffer.from(this.id, 'base64url');
    const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([id.length >> 8, id.length & 255]), id, key]);
    const authData = Buffer.concat([this.#data(shown, true), attested]);
    const attestation = new Map<string, Cbor>([['fmt', 'none'], ['attStmt', new Map()], ['authData', authData]]); // prettier-ignore
    return this.#answer({
      clientDataJSON: base64(this.#client('webauthn.create', challenge, shown)),
      attestationObject: base64(cbor(attestation)),
      transports: ['internal'],
    });
  }

  /** Answers `navigator.credentials.get`. */
  show({ challenge }: { challenge: string }, shown: Shown = {}) {
    const client = this.#client('webauthn.get', challenge, shown);
    const data = this.#data(shown);
    return this.#answer({
      clientDataJSON: base64(client),
      authenticatorData: base64(data),
      signature: base64(sign('sha256', Buffer.concat([data, sha256(client)]), this.#keys.privateKey)),
      userHandle: shown.userHandle === undefined ? this.#handle : shown.userHandle,
    });
  }

  #answer<R>(response: R) {
    return { id: this.id, rawId: this.id, type: 'public-key', clientExtensionResults: {}, response };
  }
}
