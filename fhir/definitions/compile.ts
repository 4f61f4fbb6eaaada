/**
 * Compiles what HL7 publishes into the one file that the server reads: node fhir/definitions/compile.ts FOLDER
 * The folder holds r4-{structure-definitions,value-sets,code-systems,search-parameters,compartment-definitions}.ndjson.gz,
 * one resource a line, from the npm package hl7.fhir.r4.examples 4.0.1 (CC0-1.0).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type {
  CodeSystem,
  CompartmentDefinition,
  ElementDefinition,
  SearchParameter,
  StructureDefinition,
  ValueSet,
} from 'fhir/r4.js';
import type { Definitions, SearchDefinition } from '../definitions.ts';

const folder = process.argv[2];
if (!folder) throw new Error('Say where the definitions are: node fhir/definitions/compile.ts FOLDER');

const linesOf = <T>(name: string): T[] =>
  gunzipSync(readFileSync(join(folder, `r4-${name}.ndjson.gz`)))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

const structures = linesOf<StructureDefinition>('structure-definitions').filter(
  (it) => it.kind !== 'logical' && it.derivation !== 'constraint',
);
const valueSets = new Map(linesOf<ValueSet>('value-sets').map((it) => [it.url ?? '', it]));
const codeSystems = new Map(linesOf<CodeSystem>('code-systems').map((it) => [it.url ?? '', it]));

const conceptsOf = (concepts: CodeSystem['concept'] = []): string[] =>
  concepts.flatMap((it) => [it.code, ...conceptsOf(it.concept)]);

/** The codes of a value set, or null when they cannot be listed (all languages, all units). */
const codesOf = (url: string): string[] | null => {
  const { compose } = valueSets.get(url.split('|')[0] ?? '') ?? {};
  if (!compose || compose.exclude) return null;
  const parts = compose.include.map((part): string[] | null => {
    if (part.filter) return null;
    if (part.concept) return part.concept.map(({ code }) => code);
    if (part.valueSet) {
      const others = part.valueSet.map(codesOf);
      return others.includes(null) ? null : others.flatMap((other) => other ?? []);
    }
    const system = codeSystems.get(part.system ?? '');
    return system?.content === 'complete' ? conceptsOf(system.concept) : null;
  });
  return parts.every((part) => part !== null && part.length > 0)
    ? [...new Set(parts.flatMap((part) => part ?? []))]
    : null;
};

const types: Definitions['types'] = {};
const codes: Definitions['codes'] = {};

const nameOfType = (element: ElementDefinition, code: string): string =>
  code === 'BackboneElement' || (code === 'Element' && element.path.includes('.'))
    ? element.path
    : code.replace(/^.*System\./, '').replace(/^String$/, 'string');

for (const { kind, abstract, snapshot } of structures) {
  if (kind === 'primitive-type') continue;
  for (const element of snapshot?.element ?? []) {
    const owner = element.path.includes('.') ? element.path.slice(0, element.path.lastIndexOf('.')) : null;
    if (owner === null) {
      types[element.path] = { elements: {}, ...(kind === 'resource' && !abstract ? { resource: true } : {}) };
      continue;
    }
    const into = (types[owner] ??= { elements: {} });
    const name = element.path.slice(owner.length + 1);
    const many = element.max !== '1' && element.max !== '0';
    const min = element.min ?? 0;
    // What a summary shows is asked of whole resources only.
    const summary = kind === 'resource' && element.isSummary ? { summary: true as const } : {};
    if (element.contentReference) {
      into.elements[name] = {
        type: element.contentReference.slice(1),
        ...(min ? { min } : {}),
        ...(many ? { many } : {}),
        ...summary,
      };
      continue;
    }
    const choice = name.endsWith('[x]') ? name.slice(0, -3) : undefined;
    if (choice && min) (into.choices ??= {})[choice] = min;
    for (const { code } of element.type ?? []) {
      const own = choice ? choice + code.charAt(0).toUpperCase() + code.slice(1) : name;
      const bound = element.binding?.strength === 'required' && code === 'code' ? element.binding.valueSet : undefined;
      const listed = bound && (codes[bound] ?? codesOf(bound));
      if (bound && listed) codes[bound] = listed;
      into.elements[own] = {
        type: nameOfType(element, code),
        ...(min && !choice ? { min } : {}),
        ...(many ? { many } : {}),
        ...(choice ? { choice } : {}),
        ...(bound && listed ? { codes: bound } : {}),
        ...summary,
      };
    }
  }
}
// The one backbone that types share is asked for by name where a path has no elements of its own.
for (const { elements } of Object.values(types))
  for (const element of Object.values(elements))
    if (/^[A-Z]\w*\./.test(element.type) && !types[element.type]) element.type = 'BackboneElement';

/** `Observation.subject.where(resolve() is Patient)` is the path `subject`; `(Condition.onset as Age)` is `onsetAge`. */
const pathsOf = (type: string, expression = ''): string[] =>
  expression
    .split('|')
    .map((part) => part.trim().replace(/\.where\(resolve\(\) is \w+\)/, ''))
    .flatMap((part) => {
      const [, path, as] = /^\(?([\w.]+?)(?:(?:\.as\(| as )(\w+)\)?)?\)?$/.exec(part) ?? [];
      if (!path?.startsWith(`${type}.`)) return [];
      const typed = as ? as.charAt(0).toUpperCase() + as.slice(1) : '';
      return [expand(type, path.slice(type.length + 1) + typed)];
    })
    .filter((path) => path !== null);

/** A path whose last step is a choice without its type, such as Medication.ingredient.item, leads to its reference. */
const expand = (type: string, path: string): string | null => {
  let at: string | undefined = type;
  const steps = path.split('.').map((step) => {
    const elements: Definitions['types'][string]['elements'] = at === undefined ? {} : (types[at]?.elements ?? {});
    const own = elements[step] ? step : elements[`${step}Reference`] ? `${step}Reference` : step;
    at = elements[own]?.type;
    return own;
  });
  return at === undefined ? null : steps.join('.');
};

const search: Definitions['search'] = {};
for (const { code, type, base, expression, target, url } of linesOf<SearchParameter>('search-parameters')) {
  if (!base || !url.startsWith('http://hl7.org/fhir/SearchParameter/') || url.endsWith('/example')) continue;
  for (const owner of base) {
    if (owner !== 'Resource' && owner !== 'DomainResource' && !types[owner]?.resource) continue;
    const found: SearchDefinition = { type, url };
    if (type === 'reference') {
      const paths = pathsOf(owner, expression);
      if (paths.length > 0) Object.assign(found, { paths, targets: target ?? [] });
    }
    (search[owner] ??= {})[code] = found;
  }
}

const compartment = linesOf<CompartmentDefinition>('compartment-definitions').find((it) => it.code === 'Patient');
const patient: Definitions['patient'] = {};
for (const { code, param = [] } of compartment?.resource ?? []) {
  const preferred = ['patient', 'subject', 'beneficiary', 'individual'];
  const ordered = [
    ...preferred.filter((name) => param.includes(name)),
    ...param.filter((name) => !preferred.includes(name)),
  ];
  const paths = [...new Set(ordered.flatMap((name) => search[code]?.[name]?.paths ?? []))];
  if (paths.length > 0) patient[code] = paths;
}
// No compartment of its own, but the data of one patient all the same.
patient.Device = ['patient'];
patient.Binary = ['securityContext'];

const definitions: Definitions = { types, codes, search, patient };
const packed = gzipSync(JSON.stringify(definitions), { level: 9 });
packed.fill(0, 4, 8); // no time of day in it, so that the same definitions give the same bytes
writeFileSync(join(import.meta.dirname, 'r4.json.gz'), packed);
console.log(`${Object.keys(types).length} types, ${Object.keys(codes).length} lists of codes, ${packed.length} bytes`);
