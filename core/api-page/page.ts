import { say, type Locale } from '../messages.ts';
import type { ApiDocument, JsonSchema, Operation } from '../openapi.ts';
import type { Plugin } from '../plugin.ts';
import { coreRefusals, type Refusals } from '../refuse.ts';
import { fieldsOf, type Field } from './shapes.ts';

/** What the page is made of; the sentences come in the reader's language, names and paths as they are. */
export interface Told {
  document: ApiDocument;
  plugins: readonly Plugin[];
  permissions: ReadonlyMap<string, string>;
  locale: Locale;
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
const code = (text: string): string => `<code dir="ltr">${escape(text)}</code>`;
const anchor = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

export const apiPage = (told: Told): string => {
  const { document, plugins, locale } = told;
  const t = (key: string) => escape(say(key, locale));
  const groups = [
    { name: 'core', title: t('core_title'), refusals: coreRefusals },
    ...plugins.map(({ name, title, refusals = {} }) => ({ name, title: t(title), refusals })),
  ]
    .map((group) => ({ ...group, operations: operationsOf(document, group.name) }))
    .filter(({ operations }) => operations.length > 0);
  const shapes = Object.entries(document.components.schemas).sort(([a], [b]) => a.localeCompare(b, 'en'));
  return `<!doctype html>
<html lang="${locale}" dir="${locale === 'ar' ? 'rtl' : 'ltr'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${t('api_page_title')}</title>
<link rel="stylesheet" href="/api/docs/style.css">
</head>
<body>
<header>
<h1>${t('api_page_title')}</h1>
<p>${t('api_page_about')} <a href="/api/openapi.json">${code('/api/openapi.json')}</a></p>
</header>
<nav aria-label="${t('api_page_contents')}"><ul>
${groups.map(({ name, title }) => `<li><a href="#${name}">${title}</a></li>`).join('\n')}
<li><a href="#shapes">${t('api_page_shapes')}</a></li>
</ul></nav>
<main>
${groups
  .map(
    ({ name, title, operations, refusals }) => `<section aria-labelledby="${name}">
<h2 id="${name}">${title}</h2>
${operations.map((it) => operation(told, it)).join('\n')}
${refusalTable(told, refusals, `${title}: ${t('api_page_refusals')}`)}
</section>`,
  )
  .join('\n')}
<section aria-labelledby="shapes">
<h2 id="shapes">${t('api_page_shapes')}</h2>
${shapes
  .map(
    ([name, schema]) =>
      // The mark is inside, so that a link to it opens it.
      `<details><summary>${code(name)}</summary><div id="shape-${anchor(name)}">${fieldTable(told, fieldsOf(schema), name)}</div></details>`,
  )
  .join('\n')}
</section>
</main>
</body>
</html>
`;
};

interface Listed {
  method: string;
  path: string;
  operation: Operation;
}

const operationsOf = ({ paths }: ApiDocument, plugin: string): Listed[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation['x-plugin'] === plugin)
      .map(([method, operation]) => ({ method, path, operation })),
  );

const operation = (told: Told, { method, path, operation: it }: Listed): string => {
  const t = (key: string) => escape(say(key, told.locale));
  const access = String(it['x-permission']);
  const who = accessWords(told, access);
  const parameters = (it.parameters ?? []) as { name: string; in: string; required: boolean; schema: JsonSchema }[];
  const body = it.requestBody?.content?.['application/json']?.schema;
  const answer = it.responses['2XX']?.content;
  const shape = answer?.['application/json']?.schema;
  const file = Object.keys(answer ?? {}).find((type) => type !== 'application/json');
  return `<details id="${anchor(`${method}-${path}`)}">
<summary><span class="method" dir="ltr">${method.toUpperCase()}</span> ${code(path)} <span class="access">${escape(access === 'public' || access === 'signed-in' ? who : access)}</span></summary>
${it.summary ? `<p>${escape(String(it.summary))}</p>` : ''}
<p>${t('api_page_permission')}: ${who}.${it['x-patient-data'] ? ` ${t('api_page_patient_data')}` : ''}</p>
${fieldTable(
  told,
  parameters.flatMap(({ name, in: place, required, schema }) =>
    fieldsOf(schema, `${name}`, required).map((field) => ({ ...field, path: `${field.path} (${place})` })),
  ),
  t('api_page_parameters'),
)}
${body ? fieldTable(told, fieldsOf(body), t('api_page_body')) : ''}
${shape ? fieldTable(told, fieldsOf(shape), t('api_page_answer')) : `<p>${t('api_page_answer')}: ${file ? code(file) : t('api_page_nothing')}</p>`}
<p>${t('api_page_refused_with')}: ${statuses(it, access, path, parameters)
    .map((status) => `${status} ${t(`problem_${status}`)}`)
    .join(' · ')}</p>
</details>`;
};

const accessWords = ({ permissions, locale }: Told, access: string): string => {
  if (access === 'public') return escape(say('api_page_public', locale));
  if (access === 'signed-in') return escape(say('api_page_signed_in', locale));
  return access
    .split(' ')
    .map((name) => `${code(name)} (${escape(say(permissions.get(name) ?? name, locale))})`)
    .join(', ');
};

/** What the platform itself may refuse here; the plugin's own rules stand below its routes. */
const statuses = (
  it: Operation,
  access: string,
  path: string,
  parameters: { name: string; in: string }[],
): number[] => [
  ...(it.requestBody || parameters.length > 0 ? [400] : []),
  ...(access === 'public' ? [] : [401]),
  ...(access === 'public' || access === 'signed-in' ? [] : [403]),
  ...(path.includes('{') ? [404] : []),
  ...(parameters.some(({ name }) => name === 'Idempotency-Key') ? [409] : []),
  ...(it.requestBody ? [413, 415, 422] : []),
  503,
];

const fieldTable = ({ locale, document }: Told, fields: readonly Field[], caption: string): string => {
  if (fields.length === 0) return '';
  const t = (key: string) => escape(say(key, locale));
  const type = ({ type: words, shape }: Field) =>
    shape && document.components.schemas[shape] ? `<a href="#shape-${anchor(shape)}">${code(words)}</a>` : code(words);
  const rows = fields.map(
    (field) =>
      `<tr><th scope="row">${field.path ? code(field.path) : '–'}</th><td>${type(field)}${field.limits.map((limit) => ` ${code(limit)}`).join('')}</td><td class="narrow">${t(field.required ? 'api_page_required' : 'api_page_optional')}</td></tr>`,
  );
  return `<table><caption>${caption}</caption><tbody>\n${rows.join('\n')}\n</tbody></table>`;
};

const refusalTable = ({ locale }: Told, refusals: Refusals, caption: string): string => {
  const rows = Object.entries(refusals).map(
    ([name, [status, key]]) =>
      `<tr><th scope="row">${code(`/problems/${name.replaceAll('_', '-')}`)}</th><td class="narrow">${status}</td><td>${escape(say(key, locale, filler))}</td></tr>`,
  );
  return rows.length > 0 ? `<table><caption>${caption}</caption><tbody>\n${rows.join('\n')}\n</tbody></table>` : '';
};

/** What the refusal itself would fill in. */
const filler = new Proxy<Record<string, unknown>>({}, { get: () => '…' });
