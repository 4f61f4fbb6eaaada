import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export interface ElementDefinition {
  /** A type of FHIR, or the path of a backbone element: 'Patient.contact'. */
  type: string;
  min?: number;
  many?: true | boolean;
  /** The name without type: 'value' of valueQuantity. One of them at most. */
  choice?: string;
  /** R4 shows it in a summary. */
  summary?: true | boolean;
  /** Address of a value set that is binding and can be listed. */
  codes?: string;
}
export interface TypeDefinition {
  resource?: true | boolean;
  elements: Record<string, ElementDefinition>;
  /** Choices that must be there. */
  choices?: Record<string, number>;
}
export interface SearchDefinition {
  type: string;
  url: string;
  /** Of references: where they stand, and what they may lead to. */
  paths?: string[];
  targets?: string[];
}
export interface Definitions {
  types: Record<string, TypeDefinition>;
  codes: Record<string, string[]>;
  search: Record<string, Record<string, SearchDefinition>>;
  /** Where the patient of a type stands, the likeliest first. */
  patient: Record<string, string[]>;
}

const packed = readFileSync(join(import.meta.dirname, 'definitions/r4.json.gz'));
const { types, codes, search, patient } = JSON.parse(gunzipSync(packed).toString()) as Definitions;

export interface Type {
  name: string;
  isResource: boolean;
  elements: Map<string, ElementDefinition>;
  /** Names of elements that must be there. */
  required: string[];
  choices: [name: string, elements: string[]][];
}

/** R4's types by name; in maps, so that no name in a request finds anything of Object's. */
export const r4Types: ReadonlyMap<string, Type> = new Map(
  Object.entries(types).map(([name, { resource, elements, choices = {} }]) => [
    name,
    {
      name,
      isResource: resource === true,
      elements: new Map(Object.entries(elements)),
      required: Object.keys(elements).filter((element) => elements[element]?.min),
      choices: Object.keys(choices).map((choice): [string, string[]] => [
        choice,
        Object.keys(elements).filter((element) => elements[element]?.choice === choice),
      ]),
    },
  ]),
);

export const requiredCodes: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(codes).map(([url, list]) => [url, new Set(list)]),
);

const searchByType = new Map(
  Object.entries(search).map(([type, parameters]) => [type, new Map(Object.entries(parameters))]),
);

/** What R4 says about a search parameter of a type. */
export const searchDefinition = (type: string, name: string): SearchDefinition | undefined =>
  searchByType.get(type)?.get(name) ??
  searchByType.get('DomainResource')?.get(name) ??
  searchByType.get('Resource')?.get(name);

export const patientPaths: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(patient));

/** Types that can be stored; Parameters and OperationOutcome are only ever spoken. */
export const isStorable = (type: string): boolean =>
  r4Types.get(type)?.isResource === true && type !== 'Parameters' && type !== 'OperationOutcome';

export const storableTypes = [...r4Types.keys()].filter(isStorable).sort();

/** The other forms of a choice: of effectivePeriod effectiveDateTime and the rest. Only one of them may be there. */
export const otherForms = (type: string, name: string): string[] => {
  const elements = r4Types.get(type)?.elements;
  const choice = elements?.get(name)?.choice;
  return choice === undefined
    ? []
    : [...(elements ?? [])].filter(([key, it]) => it.choice === choice && key !== name).map(([key]) => key);
};

/** Elements of a resource in R4's order; what is unknown comes last. */
export const inR4Order = (type: string, elements: readonly string[]): string[] => {
  const order = [...(r4Types.get(type)?.elements.keys() ?? [])];
  const place = (name: string) => {
    const found = order.indexOf(name.startsWith('_') ? name.slice(1) : name);
    return found < 0 ? order.length : found;
  };
  return [...elements].sort((a, b) => place(a) - place(b) || (a < b ? 1 : -1));
};
