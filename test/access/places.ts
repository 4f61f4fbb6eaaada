import type { Example, Row } from './examples.ts';

/** Where an id stands in a request. */
export interface Place {
  in: 'path' | 'query' | 'body';
  /** `id`, `patientId`, `items.0.testId`. */
  at: string;
  id: string;
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;
/** The number on a tube finds it as an id does. */
const isId = (text: string): boolean => uuid.test(text) || /^L\d{8,10}$/.test(text);

/** Of an identifier: a sample looks like an id to be another each time. */
const isNumberOfOthers = /(^|\.)(system|value)$/;

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
const bodyOf = ({ body }: Example): Json => (typeof body === 'string' ? (JSON.parse(body) as Json) : (body as Json));
const leaves = (it: Json, path: string[] = []): [string, string][] =>
  typeof it === 'string'
    ? [[path.join('.'), it]]
    : typeof it === 'object' && it !== null
      ? Object.entries(it).flatMap(([key, inner]) => leaves(inner as Json, [...path, key]))
      : [];

/** Every id of a request: in its path, its query, and however deep in its body. */
export const placesOf = ({ route }: Row, example: Example): Place[] => {
  const [path = '', query] = example.path.split('?');
  const names = route.path.split('/');
  const inPath = path
    .split('/')
    .flatMap((id, n): Place[] => (isId(id) ? [{ in: 'path', at: bare(names[n]!), id }] : []));
  const inQuery = [...new URLSearchParams(query)].flatMap(([at, id]): Place[] =>
    isId(id) ? [{ in: 'query', at, id: uuid.exec(id)?.[0] ?? id }] : [],
  );
  const isOurs = route.path.startsWith('/api/');
  const inBody = leaves(isForm(example) || example.body === undefined ? null : bodyOf(example)).flatMap(
    ([at, text]): Place[] =>
      uuid.test(text) && !(isOurs && isNumberOfOthers.test(at)) ? [{ in: 'body', at, id: uuid.exec(text)![0] }] : [],
  );
  return [...inPath, ...inQuery, ...inBody];
};
const bare = (segment: string): string => segment.replace(/[{}*?]/g, '');
const isForm = ({ headers }: Example): boolean => headers['content-type']?.includes('form') ?? false;

/** The same request with another id in this one place. */
export const swapped = (example: Example, place: Place, id: string): Example => {
  const [path = '', query] = example.path.split('?');
  const at = (text: string) => text.replace(place.id, id);
  if (place.in === 'path') return { ...example, path: query === undefined ? at(path) : `${at(path)}?${query}` };
  if (place.in === 'query') {
    const params = new URLSearchParams(query);
    params.set(place.at, at(params.get(place.at)!));
    return { ...example, path: `${path}?${params.toString()}` };
  }
  const body = structuredClone(bodyOf(example)) as Record<string, Json>;
  const keys = place.at.split('.');
  const last = keys.pop()!;
  const holder = keys.reduce((it, key) => it[key] as Record<string, Json>, body);
  holder[last] = at(holder[last] as string);
  return { ...example, body: typeof example.body === 'string' ? JSON.stringify(body) : body };
};
