import type { Db } from '../../core/database.ts';
import { publish } from '../../core/events.ts';
import { refuse } from '../../core/refuse.ts';
import { KeyRefused, readKeys, type ClientKey } from './client-keys.ts';
import type { ChangedClient, ClientRow, NewClient } from './model.ts';
import { endTokensOf } from './artifacts.ts';
import { getClient, insertClient, updateClient } from './queries.ts';
import { isRedirectUri } from './redirects.ts';
import { isIdentityScope, readScope } from './scopes.ts';

export interface Fault {
  path: string;
  /** Its sentence is `oauth_fault_<code>`. */
  code: string;
  /** Which one, where there are several. */
  value?: string;
}

type Kind = ClientRow['kind'];

/** Whether a client of this kind may have it: a service is nobody, and an app is whoever uses it. */
const fits = (kind: Kind, text: string): boolean => {
  const scope = readScope(text);
  if (!scope) return kind === 'app' && isIdentityScope(text);
  return kind === 'service' ? scope.level === 'system' : scope.level !== 'system';
};

const faultsOfScopes = (kind: Kind, scopes: readonly string[], types: ReadonlySet<string>): Fault[] =>
  scopes.length === 0
    ? [{ path: 'scopes', code: 'scope_missing' }]
    : scopes.flatMap((text, place) => {
        const path = `scopes.${place}`;
        const scope = readScope(text);
        if (!scope && !isIdentityScope(text)) return [{ path, value: text, code: 'scope_unknown' }];
        if (scope && scope.type !== '*' && !types.has(scope.type))
          return [{ path, value: text, code: 'scope_type_unknown' }];
        return fits(kind, text) ? [] : [{ path, value: text, code: `scope_not_of_${kind}` }];
      });

const faultsOfRedirects = (kind: Kind, uris: readonly string[]): Fault[] => {
  if (kind === 'service') return uris.length > 0 ? [{ path: 'redirectUris', code: 'redirect_of_service' }] : [];
  if (uris.length === 0) return [{ path: 'redirectUris', code: 'redirect_missing' }];
  return uris.flatMap((uri, place) =>
    isRedirectUri(uri) ? [] : [{ path: `redirectUris.${place}`, value: uri, code: 'redirect_unusable' }],
  );
};

const keysIn = async (text: string | undefined): Promise<{ keys: ClientKey[]; faults: Fault[] }> => {
  if (text === undefined || text.trim() === '') return { keys: [], faults: [] };
  try {
    return { keys: await readKeys(text), faults: [] };
  } catch (error) {
    if (!(error instanceof KeyRefused)) throw error;
    return { keys: [], faults: [{ path: 'keys', code: `key_${error.fault}` }] };
  }
};

/** All that is wrong at once. @throws refusal client_unusable */
const demandUsable = (faults: Fault[]): void => {
  if (faults.length > 0) throw refuse('client_unusable', { errors: faults });
};

/** `types`: the FHIR types that are served here. @throws refusal client_unusable, naming each field */
export const registerClient = async (tx: Db, wanted: NewClient, types: ReadonlySet<string>): Promise<ClientRow> => {
  const { kind, name } = wanted;
  const scopes = [...new Set(wanted.scopes)];
  const redirectUris = [...new Set(wanted.redirectUris)];
  const { keys, faults } = await keysIn(wanted.keys);
  if (kind === 'service' && keys.length === 0 && faults.length === 0)
    faults.push({ path: 'keys', code: 'key_missing' });
  demandUsable([...faultsOfScopes(kind, wanted.scopes, types), ...faultsOfRedirects(kind, redirectUris), ...faults]);
  const id = await insertClient(tx, { kind, name, scopes, redirectUris, keys });
  await publish(tx, 'oauth.client-registered', id, { kind });
  return getClient(tx, id);
};

/** One that is switched off has no token left. @throws refusal client_unusable, version_stale */
export const changeClient = async (
  tx: Db,
  id: string,
  version: number,
  change: ChangedClient,
  types: ReadonlySet<string>,
): Promise<ClientRow> => {
  const now = await getClient(tx, id);
  const given = await keysIn(change.keys);
  if (change.keys !== undefined && now.kind === 'service' && given.keys.length === 0 && given.faults.length === 0)
    given.faults.push({ path: 'keys', code: 'key_missing' });
  demandUsable([
    ...(change.scopes ? faultsOfScopes(now.kind, change.scopes, types) : []),
    ...(change.redirectUris ? faultsOfRedirects(now.kind, change.redirectUris) : []),
    ...given.faults,
  ]);
  const changed = await updateClient(tx, id, version, {
    name: change.name ?? now.name,
    scopes: [...new Set(change.scopes ?? now.scopes)],
    redirectUris: [...new Set(change.redirectUris ?? now.redirectUris)],
    keys: change.keys === undefined ? now.keys : given.keys,
    active: change.active ?? now.active,
  });
  if (changed === null) throw refuse('version_stale', { currentVersion: now.version });
  if (change.active === false) await endTokensOf(tx, { clientId: id });
  await publish(tx, 'oauth.client-changed', id, { active: change.active ?? now.active });
  return getClient(tx, id);
};
