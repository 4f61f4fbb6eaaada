import type { LoadedPlugin } from '../../core/loader.ts';
import { schemaOf } from '../../core/plugin.ts';
import type { Refusals } from '../../core/refuse.ts';
import { isNamed, type Schema } from './catalogue.ts';
import { code, english, table } from './markdown.ts';

const head = '<!-- Written by `npm run docs` from the catalogue of a migrated database. Do not edit. -->';

/** Kept by core.keep_history and the FHIR door for every table: they would hide what is a table's own. */
const everywhere = new Set(['version', 'updated_at', 'updated_by', 'fhir_extra']);

export const schemaPage = (schema: Schema, title: string, refusals: Refusals): string =>
  `${head}\n
# Schema \`${schema.name}\`: ${title}

[All schemas](README.md) · Left out of the picture: ${[...everywhere].map(code).join(', ')}.

\`\`\`mermaid
${diagram(schema)}
\`\`\`

${confined(schema)}

## Rules with a name

The name reads as the rule. What a person is told who meets it stands beside it; a rule without a sentence is met by
programs only, or in general words: "${english('refusal_value_not_allowed')}", "${english('refusal_already_there')}"

${table(['rule', 'of', 'kept by', 'as PostgreSQL says it', 'told'], schema.rules.filter((rule) => isNamed(rule) || refusals[rule.name]).map(ruleRow(refusals)), '*No rule has a name here.*')}
`;

const confined = ({ tables }: Schema): string => {
  const names = tables.filter((it) => it.confined).map(({ name }) => code(name));
  return names.length > 0
    ? `Rows of ${names.join(', ')} carry \`patient_id\`; row-level security confines the role \`patient\` to its own.`
    : 'No table here holds rows of patients that the role `patient` may see.';
};

/** Casts and brackets that PostgreSQL adds for itself. */
const shorter = (definition: string): string =>
  definition.replace(/::text(\[\])?/g, '').replace(/^CHECK \(\((.*)\)\)$/s, 'CHECK ($1)');

const ruleRow =
  (refusals: Refusals) =>
  ({ name, table: of, kind, definition }: Schema['rules'][number]): string[] => {
    const told = refusals[name];
    return [
      code(name),
      code(of || '–'),
      kind,
      code(shorter(definition)),
      told ? `${told[0]}: ${english(told[1])}` : '–',
    ];
  };

/** Mermaid takes one word for a type; the full one stands in the migration. */
const word = (type: string): string =>
  type
    .replace('timestamp with time zone', 'timestamptz')
    .replace('double precision', 'double')
    .replace(/^"?\w+"?\."?(\w+)"?/, '$1')
    .replace(/[^\w[\]]+/g, '_');

const diagram = ({ name: own, tables, columns, references }: Schema): string => {
  const entity = (schema: string, it: string) => (schema === own ? it : `"${schema}.${it}"`);
  const foreign = new Set(references.flatMap(({ table: of, columns: by }) => by.map((name) => `${of}.${name}`)));
  const boxes = tables.map(({ name }) => {
    const lines = columns
      .filter((column) => column.table === name && !everywhere.has(column.name))
      .map(({ name: column, type, key, comment }) => {
        const keys = [key && 'PK', foreign.has(`${name}.${column}`) && 'FK'].filter(Boolean).join(', ');
        return ['   ', word(type), column, keys, comment ? `"${comment.replaceAll('"', "'")}"` : '']
          .filter(Boolean)
          .join(' ');
      });
    return `  ${name} {\n${lines.join('\n')}\n  }`;
  });
  const lines = references.map(
    ({ table: of, columns: by, toSchema, toTable, optional, once }) =>
      `  ${entity(toSchema, toTable)} ${optional ? '|o' : '||'}--${once ? 'o|' : 'o{'} ${of} : "${by.join(', ')}"`,
  );
  return ['erDiagram', ...boxes, ...lines].join('\n');
};

/** Every schema with its plugin, and who refers to whom. */
export const overview = (schemas: readonly Schema[], titleOf: (schema: string) => string): string => {
  const arrows = schemas.map(({ name, references }) => ({
    name,
    to: [...new Set(references.map(({ toSchema }) => toSchema))].filter((to) => to !== name).sort(),
  }));
  return `${head}\n
# The database

One PostgreSQL schema for each plugin, beside those of core and FHIR. An arrow is a foreign key: a plugin refers to tables of plugins that it
names, never the other way round. Two rules hold everywhere: what people edit has \`version\`, and its old states are in \`core.history\`; every row
with patient data has \`patient_id\` and row-level security.

\`\`\`mermaid
flowchart RL
${schemas.map(({ name }) => `  ${name}`).join('\n')}
${arrows.flatMap(({ name, to }) => to.map((it) => `  ${name} --> ${it}`)).join('\n')}
\`\`\`

${table(
  ['schema', 'holds', 'tables', 'refers to'],
  schemas.map(({ name, tables }, n) => [
    `[${name}](${name}.md)`,
    titleOf(name),
    String(tables.length),
    (arrows[n]?.to ?? []).map((to) => `[${to}](${to}.md)`).join(', '),
  ]),
)}

The queue keeps its jobs in a schema \`bullmq\` of its own, which its library migrates. \`core.migration_file\` and each schema's \`migration\` say what ran.
`;
};

export const pluginOfSchema = (plugins: readonly LoadedPlugin[], schema: string): LoadedPlugin | undefined =>
  plugins.find(({ name }) => schemaOf(name) === schema);
