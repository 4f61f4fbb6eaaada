/**
 * Posts FHIR R4 Bundles to a running hospital as history from elsewhere:
 * npm run import -- FILE… [--url http://localhost:3000] [--user admin] [--password …] [--make-missing]
 * Files are .json or .json.gz; folders are searched for them. Hospitals and practitioners go first.
 */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { withoutOurMeta } from '../fhir/extra.ts';
import { canonical, parseJson, type Json } from '../fhir/json.ts';

interface Entry {
  fullUrl?: string;
  resource?: Json;
  request?: { method: string; url: string; ifNoneExist?: string };
}
interface Bundle {
  resourceType: string;
  type: string;
  entry?: Entry[];
}
export interface ImportOptions {
  url: string;
  user: string;
  password: string;
  /** A conditional reference that matches nothing gets a marked placeholder instead of refusing its Bundle. */
  makeMissing?: boolean;
  say?: (line: string) => void;
}
export interface Imported {
  file: string;
  resources: number;
  milliseconds: number;
  /** Type/id of each entry, in its order; empty when it was refused. */
  locations: string[];
  refused?: string;
}

const placeholderTag = { system: 'urn:openward:tag', code: 'placeholder' };
/** Things of a hospital that many Bundles bring along; one that is here with the same content is not made again. */
const shared = new Set([
  'Organization',
  'Practitioner',
  'PractitionerRole',
  'Location',
  'HealthcareService',
  'Medication',
  'Device',
]);

export const filesIn = (paths: readonly string[]): string[] =>
  paths.flatMap((path) => {
    if (!statSync(path).isDirectory()) return [path];
    const inside = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    return inside.flatMap((each) =>
      each.isDirectory() || /\.json(\.gz)?$/.test(each.name) ? filesIn([join(path, each.name)]) : [],
    );
  });

const readBundle = (file: string): Bundle => {
  const bytes = readFileSync(file);
  const content = parseJson((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()) as Json;
  if (content.resourceType === 'Bundle' && content.type !== 'document')
    return asTransaction(content as unknown as Bundle);
  return { resourceType: 'Bundle', type: 'transaction', entry: [createOf({ resource: content })] };
};

/** What is only a collection is written all or nothing, too. */
const asTransaction = (bundle: Bundle): Bundle =>
  bundle.type === 'transaction' || bundle.type === 'batch'
    ? bundle
    : { resourceType: 'Bundle', type: 'transaction', entry: (bundle.entry ?? []).map(createOf) };

const createOf = ({ fullUrl, resource }: Entry): Entry => ({
  ...(fullUrl ? { fullUrl } : {}),
  resource: resource ?? {},
  request: { method: 'POST', url: String(resource?.resourceType) },
});

const hasPatient = (bundle: Bundle): boolean =>
  (bundle.entry ?? []).some(({ resource }) => resource?.resourceType === 'Patient');

/** Conditional references with what stands beside them: [condition, display]. */
const conditionsIn = (
  value: unknown,
  found = new Map<string, string | undefined>(),
): Map<string, string | undefined> => {
  if (typeof value !== 'object' || value === null) return found;
  const { reference, display } = value as { reference?: unknown; display?: unknown };
  if (typeof reference === 'string' && /^[A-Z][A-Za-z]+\?/.test(reference))
    found.set(reference, typeof display === 'string' ? display : found.get(reference));
  for (const each of Object.values(value)) conditionsIn(each, found);
  return found;
};

/** Imports in the order that lets references find what they mean. Gives one line for each file. */
export const importFiles = async (paths: readonly string[], options: ImportOptions): Promise<Imported[]> => {
  const say = options.say ?? (() => {});
  const server = await signIn(options);
  const bundles = filesIn(paths).map((file) => ({ file, bundle: readBundle(file) }));
  bundles.sort((a, b) => Number(hasPatient(a.bundle)) - Number(hasPatient(b.bundle)));
  const done: Imported[] = [];
  for (const { file, bundle } of bundles) {
    const begun = performance.now();
    if (options.makeMissing) await makeMissing(server, bundle);
    await recognise(server, bundle);
    const { status, body } = await server.call('POST', '', JSON.stringify(bundle));
    const milliseconds = Math.round(performance.now() - begun);
    const resources = bundle.entry?.length ?? 0;
    const entries = (body.entry ?? []) as { response?: { location?: string; status?: string } }[];
    const locations = entries.map(({ response }) => (response?.location ?? '').replace(/\/_history\/.*$/, ''));
    done.push({
      file,
      resources,
      milliseconds,
      locations: status === 200 ? locations : [],
      ...(status === 200 ? {} : { refused: `${status} ${reasonOf(body)}` }),
    });
    say(
      `${String(done.length).padStart(String(bundles.length).length)}/${bundles.length} ${basename(file)}: ${done.at(-1)?.refused ?? `${resources} resources, ${milliseconds} ms`}`,
    );
  }
  return done;
};

const reasonOf = (body: Json): string =>
  ((body.issue ?? []) as { diagnostics?: string; expression?: string[] }[])
    .slice(0, 3)
    .map(({ diagnostics, expression }) => [expression?.[0], diagnostics].filter(Boolean).join(': '))
    .join(' | ');

interface Server {
  call: (method: string, path: string, body?: string) => Promise<{ status: number; body: Json }>;
}

const signIn = async ({ url, user, password }: ImportOptions): Promise<Server> => {
  let token = '';
  const login = async () => {
    const response = await fetch(`${url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: user, password }),
    });
    if (!response.ok) throw new Error(`${user} cannot sign in at ${url}: ${response.status}`);
    token = ((await response.json()) as { accessToken: string }).accessToken;
  };
  await login();
  const send = (method: string, path: string, body?: string) =>
    fetch(`${url}/fhir/R4${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/fhir+json',
        'openward-origin': 'import',
        ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
      },
      ...(body === undefined ? {} : { body }),
    });
  return {
    async call(method, path, body) {
      let response = await send(method, path, body);
      // A long import outlives a token.
      if (response.status === 401) {
        await login();
        response = await send(method, path, body);
      }
      const text = await response.text();
      return { status: response.status, body: text ? (parseJson(text) as Json) : {} };
    },
  };
};

const found = async (server: Server, type: string, query: string): Promise<Json[]> => {
  const { status, body } = await server.call('GET', `/${type}?${query}`);
  // Who may write history may still not read every type of it.
  if (status === 403) return [];
  if (status !== 200) throw new Error(`${type} cannot be searched: ${status} ${reasonOf(body)}`);
  return ((body.entry ?? []) as { resource: Json }[]).map(({ resource }) => resource);
};

const isPlaceholder = (resource: Json): boolean =>
  ((resource.meta as { tag?: { system?: string; code?: string }[] } | undefined)?.tag ?? []).some(
    ({ system, code }) => system === placeholderTag.system && code === placeholderTag.code,
  );

/** Makes what conditional references of this Bundle mean and nobody has brought; known by its tag, and replaced when the real one comes. */
const makeMissing = async (server: Server, bundle: Bundle): Promise<void> => {
  for (const [condition, display] of conditionsIn(bundle)) {
    const [type = '', query = ''] = condition.split(/\?(.*)/s);
    const [system, value] = new URLSearchParams(query).get('identifier')?.split('|') ?? [];
    if (value === undefined || (await found(server, type, encoded(query))).length > 0) continue;
    const resource = {
      resourceType: type,
      meta: { tag: [placeholderTag] },
      identifier: [{ ...(system ? { system } : {}), value }],
      ...nameOf(type, display ?? value),
    };
    const { status, body } = await server.call('POST', `/${type}`, JSON.stringify(resource));
    if (status !== 201) throw new Error(`A placeholder for ${condition} was refused: ${status} ${reasonOf(body)}`);
  }
};

const nameOf = (type: string, name: string): Json =>
  type === 'Organization' || type === 'Location' ? { name } : type === 'Practitioner' ? { name: [{ text: name }] } : {};
const encoded = (query: string): string => new URLSearchParams(query).toString();

/** Where an entry brings what is here already: the same content is taken as it is, a placeholder is filled. */
const recognise = async (server: Server, bundle: Bundle): Promise<void> => {
  for (const entry of bundle.entry ?? []) {
    const { resource, request } = entry;
    const type = String(resource?.resourceType);
    const [identifier] = (Array.isArray(resource?.identifier) ? resource.identifier : []) as {
      system?: string;
      value?: string;
    }[];
    if (!resource || request?.method !== 'POST' || request.ifNoneExist || !shared.has(type) || !identifier?.value)
      continue;
    const known = await found(
      server,
      type,
      encoded(`identifier=${encodeURIComponent(`${identifier.system ?? ''}|${identifier.value}`)}`),
    );
    const same = known.find((each) => holds(each, resource));
    const empty = known.find(isPlaceholder);
    if (same) request.ifNoneExist = `_id=${String(same.id)}`;
    else if (empty) {
      entry.request = { method: 'PUT', url: `${type}/${String(empty.id)}` };
      entry.resource = { ...resource, id: empty.id };
    }
  }
};

/** Whether every element of `sent` is in `here` as it was sent, apart from what a server gives. */
const holds = (here: Json, sent: Json): boolean => {
  const known = withoutOurMeta(here);
  return Object.entries(withoutOurMeta(sent)).every(
    ([name, value]) => name === 'id' || canonical(known[name]) === canonical(value),
  );
};

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      url: { type: 'string', default: 'http://localhost:3000' },
      user: { type: 'string', default: 'admin' },
      password: { type: 'string', default: process.env.OPENWARD_PASSWORD ?? 'openward-demo' },
      'make-missing': { type: 'boolean', default: false },
    },
  });
  if (positionals.length === 0)
    throw new Error('Say what to import: npm run import -- FILE… [--url …] [--user … --password …] [--make-missing]');
  const { url, user, password } = values;
  const done = await importFiles(positionals, {
    url,
    user,
    password,
    makeMissing: values['make-missing'],
    say: (line) => console.log(line),
  });
  const refused = done.filter((each) => each.refused);
  const resources = done.filter((each) => !each.refused).reduce((sum, each) => sum + each.resources, 0);
  const seconds = done.reduce((sum, each) => sum + each.milliseconds, 0) / 1000;
  console.log(
    `\n${resources} resources of ${done.length - refused.length} files imported in ${seconds.toFixed(1)} s${refused.length > 0 ? `, ${refused.length} files refused` : ''}.`,
  );
  if (refused.length > 0) process.exitCode = 1;
};

if (import.meta.main) {
  main().catch((error: unknown) => {
    console.error((error as Error).message);
    process.exitCode = 1;
  });
}
