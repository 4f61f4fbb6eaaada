// What could not be sent yet waits on this device, and goes when it was sent. It is encrypted with a key that the server gives the
// session and forgets at its end: afterwards nobody can read it, whoever has the device.
const open = (): Promise<IDBDatabase> =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open('openward', 2);
    request.onupgradeneeded = () => {
      // Up to here the key lay beside what it opens.
      for (const store of [...request.result.objectStoreNames]) request.result.deleteObjectStore(store);
      request.result.createObjectStore('drafts');
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

interface Sealed {
  iv: Uint8Array<ArrayBuffer>;
  data: ArrayBuffer;
}

interface Held {
  user: string;
  text: string;
  key: Promise<CryptoKey>;
  /** What was kept under the key before can be read with this one. */
  ready: Promise<unknown>;
}
let held: Held | undefined;

const imported = (text: string): Promise<CryptoKey> =>
  crypto.subtle.importKey(
    'raw',
    Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)),
    'AES-GCM',
    false,
    ['encrypt', 'decrypt'],
  );

/** The session's key, as the server gave it. In a new session of the same person what is kept here goes over to its key. */
export function useKey(user: string, text: string) {
  if (held?.user === user && held.text === text) return;
  const before = held?.user === user ? held : undefined;
  const key = quietly(() => imported(text)) as Promise<CryptoKey>;
  held = { user, text, key, ready: before ? quietly(() => reseal(user, before.key, key)) : Promise.resolve() };
}

async function keyOf(user: string): Promise<CryptoKey> {
  if (held?.user !== user) throw new Error('Nobody is signed in.');
  await held.ready;
  return held.key;
}

const seal = async (key: CryptoKey, value: unknown): Promise<Sealed> => {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return { iv, data: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, bytes) };
};
const unseal = async (key: CryptoKey, { iv, data }: Sealed): Promise<unknown> =>
  JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, data)));

const drafts = (db: IDBDatabase, mode: IDBTransactionMode = 'readonly') =>
  db.transaction('drafts', mode).objectStore('drafts');

async function reseal(user: string, from: Promise<CryptoKey>, to: Promise<CryptoKey>) {
  const db = await open();
  for (const name of (await done(drafts(db).getAllKeys())) as string[]) {
    if (!name.startsWith(`${user} `)) continue;
    const value = await unseal(await from, await done<Sealed>(drafts(db).get(name))).catch(() => undefined);
    if (value !== undefined) {
      const sealed = await seal(await to, value);
      await done(drafts(db, 'readwrite').put(sealed, name));
    }
  }
  db.close();
}

/** Each of them quietly does nothing where the browser forbids storage: then only what was sent is kept. */
const quietly = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await work();
  } catch {
    return undefined;
  }
};

/** Kept for this user only: on a shared desk nobody opens somebody else's draft. */
export const keepDraft = (user: string, name: string, value: unknown) =>
  quietly(async () => {
    const sealed = await seal(await keyOf(user), value);
    const db = await open();
    await done(drafts(db, 'readwrite').put(sealed, `${user} ${name}`));
    db.close();
  });

/** Undefined also for what a session kept that is over: the server has forgotten its key. */
export const keptDraft = <T>(user: string, name: string): Promise<T | undefined> =>
  quietly(async () => {
    const key = await keyOf(user);
    const db = await open();
    const sealed = await done<Sealed | undefined>(drafts(db).get(`${user} ${name}`));
    db.close();
    return sealed && ((await unseal(key, sealed)) as T);
  });

export const dropDraft = (user: string, name: string) =>
  quietly(async () => {
    const db = await open();
    await done(drafts(db, 'readwrite').delete(`${user} ${name}`));
    db.close();
  });
