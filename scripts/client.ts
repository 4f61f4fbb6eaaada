// npm run client -- list | add | keys | disable | enable | rotate-signing-key: systems that may sign in by OAuth 2 (docs/oauth.md).
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { service } from '../core/actor.ts';
import { auditWork, type Action } from '../core/audit/write.ts';
import { databaseFor, openPool, type Db } from '../core/database.ts';
import { say } from '../core/messages.ts';
import { Refusal } from '../core/refuse.ts';
import { changeClient, registerClient, type Fault } from '../plugins/oauth/actions.ts';
import { kinds, type ChangedClient, type ClientRow } from '../plugins/oauth/model.ts';
import { getClient, listClients } from '../plugins/oauth/queries.ts';
import { rotateSigningKey } from '../plugins/oauth/signing-keys.ts';
import { withHospital } from './settings.ts';

const usage = `Say what:
  npm run client -- list
  npm run client -- add --name NAME --kind service --scope "system/Patient.rs …" --keys FILE
  npm run client -- add --name NAME --kind app --scope "openid user/Patient.rs …" --redirect https://… [--keys FILE]
  npm run client -- keys ID --keys FILE       the public keys in FILE take the place of all before them
  npm run client -- disable ID | enable ID    its tokens end at once
  npm run client -- rotate-signing-key        another key signs identity tokens from now on
FILE holds a JWK set, one JWK, or public keys in PEM.`;

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: 'string' },
    kind: { type: 'string' },
    scope: { type: 'string', multiple: true },
    redirect: { type: 'string', multiple: true },
    keys: { type: 'string' },
  },
});
const [verb, id] = positionals;

const line = ({ id: own, name, kind, active, scopes, keys, redirectUris }: ClientRow): string =>
  [
    `${own}  ${active ? 'on ' : 'off'}  ${kind.padEnd(7)}  ${name}`,
    `  scopes  ${scopes.join(' ')}`,
    ...(keys.length > 0 ? [`  keys    ${keys.map(({ kid, alg }) => `${alg} ${kid}`).join(', ')}`] : []),
    ...(redirectUris.length > 0 ? [`  back    ${redirectUris.join(' ')}`] : []),
  ].join('\n');

const keysGiven = (): string => {
  if (given.keys === undefined) throw new Error(`Give the public keys: --keys FILE\n\n${usage}`);
  return readFileSync(given.keys, 'utf8');
};

await withHospital(async ({ config, plugins, urls }) => {
  if (!plugins.some(({ name }) => name === 'oauth')) throw new Error('The plugin "oauth" is not on here.');
  const types = new Set(plugins.flatMap(({ fhir = [] }) => fhir.map(({ type }) => type)));
  const pool = await openPool(urls.app, { max: 1 });
  const db = databaseFor(pool, { actor: service('client'), policy: 'open' });

  const noted = (action: Action, detail: string, work: (tx: Db) => Promise<ClientRow>): Promise<ClientRow> =>
    db.transaction(async (tx) => {
      const client = await work(tx);
      const route = `npm run client -- ${verb}`;
      await auditWork(tx, { action, route, requestId: randomUUID(), object: `Client/${client.id}`, detail });
      return client;
    });
  const change = (detail: string, changed: ChangedClient) =>
    noted('U', detail, async (tx) => {
      const { version } = await getClient(tx, id ?? '').catch(() => {
        throw new Error('Name one of those that `npm run client -- list` shows.');
      });
      return changeClient(tx, id!, version, changed, types);
    });

  const add = (): Promise<ClientRow> => {
    const kind = kinds.find((known) => known === given.kind);
    if (!kind || !given.name) throw new Error(usage);
    const scopes = (given.scope ?? []).flatMap((text) => text.split(/\s+/).filter(Boolean));
    const wanted = { name: given.name, kind, scopes, redirectUris: given.redirect ?? [] };
    const keys = kind === 'service' || given.keys !== undefined ? { keys: keysGiven() } : {};
    return noted('C', 'client-registered', (tx) => registerClient(tx, { ...wanted, ...keys }, types));
  };

  try {
    switch (verb) {
      case 'list': {
        const all = await listClients(db);
        return console.log(all.map(line).join('\n') || 'No system is registered.');
      }
      case 'add':
        return console.log(line(await add()));
      case 'keys':
        return console.log(line(await change('client-changed', { keys: keysGiven() })));
      case 'disable':
        return console.log(line(await change('client-off', { active: false })));
      case 'enable':
        return console.log(line(await change('client-changed', { active: true })));
      case 'rotate-signing-key': {
        const kid = await rotateSigningKey(db, config);
        await auditWork(db, {
          action: 'U',
          route: `npm run client -- ${verb}`,
          requestId: randomUUID(),
          detail: `signing-key ${kid}`,
        });
        return console.log(`${kid} signs from now on. What was signed before can be verified until it has ended.`);
      }
      default:
        throw new Error(usage);
    }
  } catch (error) {
    throw error instanceof Refusal ? new Error(sentenceOf(error)) : error;
  } finally {
    await pool.end();
  }
});

function sentenceOf({ refusal, extra }: Refusal): string {
  if (refusal !== 'client_unusable') return refusal;
  const faults = (extra.errors as Fault[]).map(
    ({ path, code, value }) => `  ${path}${value ? ` (${value})` : ''}: ${say(`oauth_fault_${code}`, 'en')}`,
  );
  return ['The system was not registered or changed:', ...faults].join('\n');
}
