// What could not be sent yet waits on this device, encrypted with a key that scripts cannot read out, and goes when it was sent.
const open = (): Promise<IDBDatabase> =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open('openward', 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('keys');
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

async function keyOf(db: IDBDatabase, user: string): Promise<CryptoKey> {
  const found = await done<CryptoKey | undefined>(db.transaction('keys').objectStore('keys').get(user));
  if (found) return found;
  const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  await done(db.transaction('keys', 'readwrite').objectStore('keys').put(made, user));
  return made;
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
    const db = await open();
    const key = await keyOf(db, user);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const data = await crypto.subtle.encrypt(
      { name: 'AES-GCM', iv },
      key,
      new TextEncoder().encode(JSON.stringify(value)),
    );
    await done(
      db
        .transaction('drafts', 'readwrite')
        .objectStore('drafts')
        .put({ iv, data } satisfies Sealed, `${user} ${name}`),
    );
    db.close();
  });

export const keptDraft = <T>(user: string, name: string): Promise<T | undefined> =>
  quietly(async () => {
    const db = await open();
    const sealed = await done<Sealed | undefined>(
      db.transaction('drafts').objectStore('drafts').get(`${user} ${name}`),
    );
    if (!sealed) return undefined;
    const key = await keyOf(db, user);
    db.close();
    return JSON.parse(
      new TextDecoder().decode(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: sealed.iv }, key, sealed.data)),
    ) as T;
  });

export const dropDraft = (user: string, name: string) =>
  quietly(async () => {
    const db = await open();
    await done(db.transaction('drafts', 'readwrite').objectStore('drafts').delete(`${user} ${name}`));
    db.close();
  });
