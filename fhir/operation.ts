import { refuse } from '../core/refuse.ts';
import type { At, Result } from './at.ts';
import { checkStructure } from './interactions.ts';
import { plain, type Json } from './json.ts';
import { mapTexts } from './paths.ts';
import type { AnyResource } from './resource.ts';
import { demand } from './types.ts';

/** One parameter, as the operation's definition says it. */
export interface OperationParameter {
  name: string;
  use: 'in' | 'out';
  min: number;
  max: string;
  /** R4's name of the type: 'dateTime', 'Reference', 'Appointment'. */
  type: string;
  documentation: string;
}

/** What a type can be asked for beside R4's interactions: POST /Appointment/$book. */
export interface Operation {
  /** Without the dollar sign. */
  readonly name: string;
  /** Asked of one resource, /Appointment/{id}/$confirm; otherwise of the type. */
  readonly ofOne?: true;
  /** `read` changes nothing and may be asked by GET as well. */
  readonly right: 'read' | 'write';
  readonly title: string;
  readonly description: string;
  readonly parameters: readonly OperationParameter[];
  /** In a transaction when it writes. `id` is that of the path. */
  run(at: At, given: Given, id: string): Promise<Result>;
}

/** Parameters as they came: in the address, or as a resource Parameters. */
export interface Given {
  /** Every value of a parameter as text: numbers, codes, times, and where a reference leads. */
  all(name: string): string[];
  /** The only value. @throws 400 when there are several */
  one(name: string): string | undefined;
  /** A resource that came as this parameter. */
  resource(name: string): Json | undefined;
}

/** @throws 403, 400 for what is no Parameters or holds what the operation does not know while handling is strict */
export const operate = (
  at: At,
  resource: AnyResource,
  operation: Operation,
  { asked, body, id }: { asked: readonly (readonly [string, string])[]; body: unknown; id: string },
): Promise<Result> => {
  demand(at.db, resource, operation.right);
  const given = body === undefined ? [] : partsOf(at, operation, checkStructure(body));
  const known = new Set(operation.parameters.filter(({ use }) => use === 'in').map(({ name }) => name));
  const inAddress = asked.filter(([name]) => !['_format', '_pretty'].includes(name));
  for (const name of [...inAddress.map(([each]) => each), ...given.map((each) => each.name)])
    if (at.strict && !known.has(name))
      throw refuse('search_parameter_unknown', {
        parameter: name,
        resourceType: `${resource.type}/$${operation.name}`,
      });
  return operation.run(at, readerOf(at, inAddress, given), id);
};

interface Part {
  name: string;
  value?: string;
  resource?: Json;
}

/** A resource alone stands for the one parameter that takes it: R4 3.2.0.1. */
const partsOf = (at: At, operation: Operation, sent: Json): Part[] => {
  if (sent.resourceType !== 'Parameters') {
    const takes = operation.parameters.find(({ use, type }) => use === 'in' && type === sent.resourceType);
    if (!takes) throw refuse('fhir_type_mismatch', { expression: 'Parameters', resourceType: 'Parameters' });
    return [{ name: takes.name, resource: hereOf(at, sent) }];
  }
  return ((sent.parameter ?? []) as Json[]).map((each) => {
    const [, value] = Object.entries(each).find(([key]) => key.startsWith('value')) ?? [];
    const text = textOf(plain(value));
    return {
      name: String(each.name),
      ...(text === undefined ? {} : { value: text }),
      ...(each.resource === undefined ? {} : { resource: hereOf(at, each.resource as Json) }),
    };
  });
};

/** Our own absolute addresses are references like any other. */
const hereOf = (at: At, sent: Json): Json =>
  plain(
    mapTexts(
      sent,
      new Set(['reference']),
      (text) => (text.startsWith(`${at.base}/`) ? text.slice(at.base.length + 1) : text),
      '',
    ),
  ) as Json;

const textOf = (value: unknown): string | undefined => {
  if (typeof value !== 'object' || value === null) return value === undefined ? undefined : String(value);
  const it = value as {
    reference?: string;
    text?: string;
    coding?: { system?: string; code?: string }[];
    system?: string;
    code?: string;
  };
  const coding = it.coding?.[0] ?? (it.code === undefined ? undefined : it);
  if (coding?.code !== undefined) return coding.system === undefined ? coding.code : `${coding.system}|${coding.code}`;
  return it.reference ?? it.text;
};

const readerOf = (at: At, asked: readonly (readonly [string, string])[], parts: readonly Part[]): Given => {
  const all = (name: string): string[] =>
    [
      ...asked.filter(([each]) => each === name).flatMap(([, value]) => value.split(',')),
      ...parts.flatMap((each) => (each.name === name && each.value !== undefined ? [each.value] : [])),
    ]
      .map((text) => (text.startsWith(`${at.base}/`) ? text.slice(at.base.length + 1) : text))
      .filter((text) => text !== '');
  return {
    all,
    one(name) {
      const [value, ...more] = all(name);
      if (more.length > 0) throw refuse('search_value_unusable', { parameter: name, expected: 'one value' });
      return value;
    },
    resource: (name) => parts.find((each) => each.name === name && each.resource)?.resource,
  };
};

/** http://hl7.org/fhir/R4/operationdefinition.html, readable at its own address. */
export const operationDefinition = (base: string, type: string, it: Operation): Json => ({
  resourceType: 'OperationDefinition',
  id: `${type}-${it.name}`,
  url: definitionOf(base, type, it),
  name: `${type}${it.name[0]?.toUpperCase()}${it.name.slice(1)}`,
  title: it.title,
  status: 'active',
  kind: 'operation',
  description: it.description,
  affectsState: it.right === 'write',
  code: it.name,
  resource: [type],
  system: false,
  type: !it.ofOne,
  instance: Boolean(it.ofOne),
  parameter: it.parameters,
});

export const definitionOf = (base: string, type: string, { name }: Pick<Operation, 'name'>): string =>
  `${base}/OperationDefinition/${type}-${name}`;
