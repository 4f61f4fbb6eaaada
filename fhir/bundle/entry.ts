import { refuse } from '../../core/refuse.ts';
import type { At, Result } from '../at.ts';
import { create, read, readVersion, remove, removeWhere, update, updateWhere } from '../interactions.ts';
import { history } from '../history.ts';
import type { Json } from '../json.ts';
import { search } from '../search/index.ts';

export interface Entry {
  method: string;
  /** Relative to the base: Patient, Patient/123, Patient?identifier=… */
  url: string;
  fullUrl?: string;
  resource?: Json;
  ifMatch?: string;
  ifNoneExist?: string;
  /** Bundle.entry[3] */
  path: string;
}

export interface Target {
  type: string;
  id?: string;
  history?: true;
  version?: string;
  query?: string;
}

/** @throws 400 for an address that is none of ours */
export const targetOf = ({ url, path }: Pick<Entry, 'url' | 'path'>): Target => {
  const [address = '', query] = [url.replace(/\?.*$/s, ''), /\?(.*)$/s.exec(url)?.[1]];
  const [type = '', id, history, version, ...rest] = address.replace(/^\//, '').split('/');
  if (!/^[A-Z][A-Za-z]+$/.test(type) || rest.length > 0 || (history !== undefined && history !== '_history'))
    throw refuse('fhir_entry_unusable', { expression: `${path}.request.url` });
  return {
    type,
    ...(id === undefined ? {} : id === '_history' ? { history: true } : { id }),
    ...(history ? { history: true } : {}),
    ...(version ? { version } : {}),
    ...(query === undefined ? {} : { query }),
  };
};

/** What an entry is about, as the audit names it; undefined where its address is none of ours. */
export const objectOf = (entry: Entry): string | undefined => {
  try {
    const { type, id } = targetOf(entry);
    return [type, id].filter(Boolean).join('/');
  } catch {
    return undefined;
  }
};

export const versionOf = (ifMatch: string | undefined): number | null => {
  if (ifMatch === undefined) return null;
  const match = /^(?:W\/)?"(\d{1,9})"$/.exec(ifMatch.trim());
  if (!match) throw refuse('version_unreadable');
  return Number(match[1]);
};

/** One entry as the interaction that it asks for. Writes need `at.db` to be a transaction. */
export const perform = async (at: At, entry: Entry): Promise<Result> => {
  const { type, id, history: past, version, query } = targetOf(entry);
  const asked = [...new URLSearchParams(query)];
  const fail = () => refuse('fhir_entry_unusable', { expression: `${entry.path}.request` });
  switch (entry.method) {
    case 'GET':
      if (past && version && id) return readVersion(at, type, id, version);
      if (past) return history(at, type, id ?? null, asked);
      return id === undefined ? search(at, type, asked) : read(at, type, id);
    case 'POST':
      if (id === '_search') return search(at, type, asked);
      if (id !== undefined) throw fail();
      return create(at, type, entry.resource, entry.ifNoneExist);
    case 'PUT':
      if (id !== undefined) return update(at, type, id, entry.resource, versionOf(entry.ifMatch));
      if (query === undefined) throw fail();
      return updateWhere(at, type, query, entry.resource, versionOf(entry.ifMatch));
    case 'DELETE':
      if (id !== undefined) return remove(at, type, id, versionOf(entry.ifMatch));
      if (query === undefined) throw fail();
      return removeWhere(at, type, query, versionOf(entry.ifMatch));
    default:
      throw fail();
  }
};

/** A search may be sent as POST; it changes nothing for that. */
export const isWrite = (entry: Entry): boolean =>
  entry.method !== 'GET' && !(entry.method === 'POST' && targetOf(entry).id === '_search');
