import { inR4Order, otherForms } from './definitions.ts';
import { canonical, parseJson, type Json } from './json.ts';

/**
 * What the columns of a row cannot say of what was sent, by top-level element: the element as text as it was sent, what
 * the columns gave instead, and the version for which both hold. Decided on write. On read, what was sent goes out until a change
 * through another door makes toFhir give something else for that element; then the columns win and only extensions stay.
 */
export type Extra = Record<string, { sent: string; gave?: string; at: number }>;

const ours = new Set(['resourceType', 'id']);
const baseOf = (key: string): string => (key.startsWith('_') ? key.slice(1) : key);

/** An element with the sibling that carries its extensions: {birthDate, _birthDate}. */
const pick = (resource: Json, name: string): Json =>
  Object.fromEntries([name, `_${name}`].flatMap((key) => (resource[key] === undefined ? [] : [[key, resource[key]]])));

const elementsOf = (resource: Json): string[] =>
  [...new Set(Object.keys(resource).map(baseOf))].filter((name) => !ours.has(name));

/** versionId and lastUpdated are the server's; tags, profiles and labels are the sender's. */
export const withoutOurMeta = (resource: Json): Json => {
  const { versionId: _v, lastUpdated: _l, ...meta } = (resource.meta ?? {}) as Json;
  const { meta: _, ...rest } = resource;
  return Object.keys(meta).length > 0 ? { ...rest, meta } : rest;
};

const textOf = (element: Json): string | undefined =>
  Object.keys(element).length > 0 ? canonical(element) : undefined;

/** What must be kept of `sent`, so that the row comes back as it was sent. Null when the columns say it all. */
export const extraOf = (sent: Json, given: Json, at: number): Extra | null => {
  const extra: Extra = {};
  const own = withoutOurMeta(sent);
  for (const name of elementsOf(own)) {
    const element = pick(own, name);
    const gave = textOf(pick(given, name));
    if (canonical(element) !== gave)
      extra[name] = { sent: JSON.stringify(element), ...(gave === undefined ? {} : { gave }), at };
  }
  return Object.keys(extra).length > 0 ? extra : null;
};

/** Elements that seem to have changed since they were sent; whether by another door or by a release, only the old row can tell. */
export const doubtful = (extra: Extra | null, given: Json, version: number): { name: string; at: number }[] =>
  Object.entries(extra ?? {}).flatMap(([name, { gave, at }]) =>
    at !== version && textOf(pick(given, name)) !== gave ? [{ name, at }] : [],
  );

/** The row as FHIR, with what was sent; `changed` are the elements that another door has touched since. */
export const withExtra = (given: Json, extra: Extra | null, changed: ReadonlySet<string>, version: number): Json => {
  if (!extra) return given;
  const result: Json = { ...given };
  for (const [name, { sent, gave, at }] of Object.entries(extra)) {
    const element = parseJson(sent) as Json;
    if (changed.has(name) && name === 'extension') {
      const all = othersExtensions(element, gave, given);
      if (all.length > 0) result.extension = all;
    } else if (changed.has(name)) {
      carryExtensions(result, element, name);
    } else if (name === 'text' && at !== version && isDerived(element.text)) {
      // The narrative was made from what has changed since; a reader would take it for today's.
      continue;
    } else {
      // A period that was sent is not told as a time as well, whatever the column made of it.
      for (const form of [name, ...otherForms(String(given.resourceType), name)]) {
        delete result[form];
        delete result[`_${form}`];
      }
      Object.assign(result, withOwn[name]?.(element, given) ?? element);
    }
  }
  return Object.fromEntries(
    inR4Order(String(given.resourceType), Object.keys(result)).map((key) => [key, result[key]]),
  );
};

const isDerived = (text: unknown): boolean =>
  ['generated', 'extensions'].includes((text as { status?: string } | undefined)?.status ?? '');

/** Lists to which the hospital adds what it has decided itself. */
const withOwn: Record<string, ((element: Json, given: Json) => Json) | undefined> = {
  identifier: (element, given) => withOwnIdentifiers(element, given),
  participant: (element, given) => withPicked(element, given),
  statusHistory: (element, given) => withLater(element, given),
};

interface Participant {
  actor?: { reference?: string };
}
/** Who or what was named by nobody and picked here: whoever sends the appointment back sends them too. */
const withPicked = (element: Json, given: Json): Json => {
  if (!Array.isArray(element.participant) || !Array.isArray(given.participant)) return element;
  const typeOf = ({ actor }: Participant) => partsOfReference(actor?.reference)[0] ?? '';
  const sent = element.participant as Participant[];
  const named = new Set(sent.map(typeOf));
  // Of a role its practitioner was looked up, not picked.
  const picked = (given.participant as Participant[]).filter(
    (each) =>
      ['Location', 'Device', ...(named.has('PractitionerRole') ? [] : ['Practitioner'])].includes(typeOf(each)) &&
      !named.has(typeOf(each)),
  );
  return { ...element, participant: [...sent, ...picked] };
};
const partsOfReference = (reference: string | undefined): string[] => reference?.split('/') ?? [];

interface Past {
  status?: string;
  period?: { start?: string; end?: string };
}
/** What came after all that the sender knew of: whoever sends back what they have read takes nothing away. */
const withLater = (element: Json, given: Json): Json => {
  if (!Array.isArray(element.statusHistory) || !Array.isArray(given.statusHistory)) return element;
  const sent = element.statusHistory as Past[];
  const began = ({ period }: Past) => Date.parse(period?.start ?? '');
  const known = Math.max(...sent.map(({ period }) => Date.parse(period?.end ?? period?.start ?? '')));
  const later = (given.statusHistory as Past[]).filter(
    (own) => began(own) >= known && !sent.some((each) => each.status === own.status && began(each) === began(own)),
  );
  return { ...element, statusHistory: [...sent, ...later] };
};

interface Identifier {
  system?: string;
  value?: string;
}
/** The hospital's own number stands beside what others call the resource. */
const withOwnIdentifiers = (element: Json, given: Json): Json => {
  if (!Array.isArray(element.identifier) || !Array.isArray(given.identifier)) return element;
  const sent = element.identifier as Identifier[];
  const missing = (given.identifier as Identifier[]).filter(
    (own) => !sent.some(({ system, value }) => system === own.system && value === own.value),
  );
  return { ...element, identifier: [...sent, ...missing] };
};

/** What the columns say of the resource's own extensions, and those of others that they say nothing of. */
const othersExtensions = (element: Json, gave: string | undefined, given: Json): unknown[] => {
  const listOf = (it: unknown) => ((it as Json | undefined)?.extension ?? []) as { url: string }[];
  const ours = new Set([...listOf(gave && parseJson(gave)), ...listOf(given)].map(({ url }) => url));
  return [...listOf(given), ...listOf(element).filter(({ url }) => !ours.has(url))];
};

const carryExtensions = (result: Json, element: Json, name: string): void => {
  const today = result[name];
  const sent = element[name];
  if (element[`_${name}`] !== undefined && today !== undefined && !Array.isArray(today))
    result[`_${name}`] = element[`_${name}`];
  const extend = (one: unknown, from: unknown): unknown => {
    const extension = (from as Json | null | undefined)?.extension;
    return typeof one === 'object' && one !== null && extension !== undefined ? { extension, ...one } : one;
  };
  if (Array.isArray(today) && Array.isArray(sent) && today.length === sent.length)
    result[name] = today.map((one, index) => extend(one, sent[index]));
  else if (!Array.isArray(today) && !Array.isArray(sent) && today !== undefined) result[name] = extend(today, sent);
};
