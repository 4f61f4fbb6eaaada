import type { ResponseObject, ResponseToolkit } from '@hapi/hapi';
import type { Db } from '../../core/database.ts';
import { keep, keptAnswer, keyOf, type Key } from '../../core/idempotency.ts';
import { refuse } from '../../core/refuse.ts';
import { within, type At, type Result, type Whole } from '../at.ts';
import { audited, reading } from '../audited.ts';
import { answerWrite, sendJson } from '../http.ts';
import { checkStructure } from '../interactions.ts';
import { parseJson, type Json } from '../json.ts';
import { failureOf } from '../outcome.ts';
import { faultsOf } from '../validate.ts';
import { isWrite, objectOf, perform, type Entry } from './entry.ts';
import { transact } from './transaction.ts';

const mostEntries = 10_000;

interface SentEntry {
  fullUrl?: string;
  resource?: Json;
  request?: { method?: string; url?: string; ifMatch?: string; ifNoneExist?: string };
}

/** A batch or transaction. `full`: created and updated resources come back whole. */
export const processBundle = async (
  at: At,
  h: ResponseToolkit,
  sent: unknown,
  full: boolean,
): Promise<ResponseObject> => {
  const bundle = checkStructure(sent, 'Bundle');
  if (bundle.resourceType !== 'Bundle' || (bundle.type !== 'transaction' && bundle.type !== 'batch'))
    throw refuse('fhir_bundle_type', { expression: 'Bundle.type' });
  const entries = ((bundle.entry ?? []) as SentEntry[]).map((entry, index) =>
    entryOf(at, entry, `Bundle.entry[${index}]`),
  );
  if (entries.length > mostEntries) throw refuse('fhir_bundle_too_long');
  if (bundle.type === 'batch') return sendJson(h, await batch(at, entries, full));
  checkEntries(entries);
  try {
    return await answerWrite(at, h, (inside) => transaction(inside, entries, full), true);
  } catch (error) {
    // A statement for many rows does not say which of them was refused. Nothing was kept, so one by one it is found.
    if (isPlaced(error) || entries.length < 2) throw error;
    return answerWrite(at, h, (inside) => transaction(inside, entries, full, true), true);
  }
};

const entryOf = (at: At, { fullUrl, resource, request }: SentEntry, path: string): Entry => {
  if (!request?.method || !request.url) throw refuse('fhir_entry_unusable', { expression: `${path}.request` });
  const { method, url, ifMatch, ifNoneExist } = request;
  return {
    method,
    url: url.startsWith(`${at.base}/`) ? url.slice(at.base.length + 1) : url,
    path,
    ...(fullUrl === undefined ? {} : { fullUrl }),
    ...(resource === undefined ? {} : { resource }),
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneExist === undefined ? {} : { ifNoneExist: ifNoneExist.replace(/^[A-Za-z]*\?/, '') }),
  };
};

/** Every fault of every entry at once. */
const checkEntries = (entries: readonly Entry[]): void => {
  const faults = entries.flatMap(({ resource, path }) =>
    resource === undefined ? [] : faultsOf(resource, `${path}.resource`),
  );
  if (faults.length > 0) throw refuse('fhir_malformed', { faults: faults.slice(0, 50) });
};

const isPlaced = (error: unknown): boolean => {
  const { expression, extra } = error as { expression?: string; extra?: { expression?: string } };
  return (expression ?? extra?.expression) !== undefined;
};

/** All or nothing, and each interaction in it is an entry of the audit with its own patient. */
const transaction = async (at: At, entries: readonly Entry[], full: boolean, oneByOne = false): Promise<Whole> => {
  const results = await transact(at, entries, oneByOne);
  return {
    status: 200,
    body: {
      resourceType: 'Bundle',
      type: 'transaction-response',
      ...listed(results.map((result) => answerOf(result, full))),
    },
    audit: results.map(({ audit }) => audit),
  };
};

/** Each entry by itself: what fails says why, and the others stand. */
const batch = async (at: At, entries: readonly Entry[], full: boolean): Promise<Json> => {
  const answers: Json[] = [];
  const key = keyOf(at.request);
  if (key) await at.db.transaction((tx) => claim(tx, key));
  for (const [index, entry] of entries.entries()) {
    try {
      answers.push(
        isWrite(entry)
          ? await change(at, entry, full, key && { ...key, key: `${key.key}#${index}` })
          : answerOf(await reading(at, (inside) => perform(inside, entry)), true),
      );
    } catch (error) {
      const { status, body } = await failureOf(at.hms, at.request, error, objectOf(entry));
      answers.push({ response: { status: String(status), outcome: body } });
    }
  }
  return { resourceType: 'Bundle', type: 'batch-response', ...listed(answers) };
};

/** The key of a whole batch stands for this body from now on; what was done under it is kept entry by entry. */
const claim = async (tx: Db, key: Key): Promise<void> => {
  if (!(await keptAnswer(tx, key))) await keep(tx, key, { status: 200, headers: {}, body: null });
};

const change = (at: At, entry: Entry, full: boolean, key: Key | null): Promise<Json> =>
  at.db.transaction(async (tx) => {
    const kept = key && (await keptAnswer(tx, key));
    if (kept?.body) return parseJson(kept.body) as Json;
    const inside = within(at, tx);
    const answer = answerOf(await audited(inside, () => perform(inside, entry)), full);
    if (key) await keep(tx, key, { status: 200, headers: {}, body: JSON.stringify(answer) });
    return answer;
  });

const listed = (entry: Json[]): Json => (entry.length > 0 ? { entry } : {});

const answerOf = ({ status, body, one, location, audit }: Result, full: boolean): Json => {
  const shown = full || audit.action === undefined || audit.action === 'E';
  return {
    ...(shown && body ? { resource: body } : {}),
    response: {
      status: String(status),
      ...(location ? { location } : {}),
      ...(one ? { etag: `W/"${one.version}"`, lastModified: one.updatedAt } : {}),
    },
  };
};
