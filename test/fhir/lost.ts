import { canonical, isRaw, parseJson, type Json } from '../../fhir/json.ts';
import type { Client } from '../hms.ts';

/**
 * Paths of what was sent and is not there as it was sent. Ids, versions and times of the server are its own; references
 * may have been rewritten as `expected` says (a condition is right when the type is).
 */
export const lost = (sent: Json, here: Json, rewritten: ReadonlyMap<string, string>): string[] => {
  const gone: string[] = [];
  const compare = (was: unknown, is: unknown, path: string): void => {
    if (typeof was !== 'object' || was === null || isRaw(was)) {
      if (!same(was, is, path)) gone.push(`${path}: ${canonical(was)} is ${canonical(is)}`);
    } else if (Array.isArray(was)) {
      const list = Array.isArray(is) ? is : [];
      if (list.length < was.length || (list.length > was.length && !path.endsWith('.identifier')))
        gone.push(`${path}: ${was.length} are ${list.length}`);
      else was.forEach((each, index) => compare(each, list[index], `${path}[${index}]`));
    } else {
      for (const [key, value] of Object.entries(was)) {
        if (/^\w+(\.meta)?\.(id|versionId|lastUpdated)$/.test(`${path}.${key}`)) continue;
        compare(value, (is as Json | undefined)?.[key], `${path}.${key}`);
      }
    }
  };
  const same = (was: unknown, is: unknown, path: string): boolean => {
    if (canonical(was) === canonical(is)) return true;
    if (typeof was !== 'string' || typeof is !== 'string' || !/\.(reference|url)$/.test(path)) return false;
    const [type, condition] = was.split('?');
    return condition === undefined ? rewritten.get(was) === is : is.startsWith(`${type}/`);
  };
  compare(sent, here, String(sent.resourceType));
  return gone;
};

interface Sent {
  entry: { fullUrl: string; resource: Json }[];
}

/** Reads every resource of an imported Bundle back and says what of it is lost. */
export const lostOfBundle = async (client: Client, bundle: Sent, locations: readonly string[]): Promise<string[]> => {
  const rewritten = new Map(bundle.entry.map(({ fullUrl }, index) => [fullUrl, locations[index] ?? '']));
  const gone: string[] = [];
  for (const [index, { resource }] of bundle.entry.entries()) {
    const response = await client.fetch(`/fhir/R4/${locations[index] ?? ''}`);
    const here = parseJson(await response.text()) as Json;
    if (response.status === 200) gone.push(...lost(resource, here, rewritten));
    else gone.push(`${String(resource.resourceType)} ${locations[index] ?? ''} answers ${response.status}`);
  }
  return gone;
};
