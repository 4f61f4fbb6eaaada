import { refuse } from '../core/refuse.ts';
import type { At, Result } from './at.ts';
import { checkStructure } from './interactions.ts';
import type { Json } from './json.ts';
import { refsFor } from './refs.ts';
import type { Match } from './resource.ts';
import { readRows, render } from './rows.ts';
import { demand } from './types.ts';

const gradeUrl = 'http://hl7.org/fhir/StructureDefinition/match-grade';
const most = 50;
const usual = 10;

/**
 * http://hl7.org/fhir/R4/patient-operation-match.html: a searchset of those whom the resource that was sent is likely to be, best
 * first, with score and grade. Several certain ones are no certain answer: `onlyCertainMatches` then gives none.
 */
export const match = async (at: At, type: string, sent: unknown): Promise<Result> => {
  const resource = at.types.get(type);
  demand(at.db, resource, 'read');
  const { body, onlyCertain, count } = read(checkStructure(sent), type);
  const input: unknown = resource.fromFhir?.(body as never, refsFor(new Set()));
  const found = (await resource.match!(at.db, body as never, input, count)) as readonly Match[];
  const certain = found.filter(({ grade }) => grade === 'certain');
  const told = onlyCertain ? (certain.length === 1 ? certain : []) : found;
  const rows = await readRows(
    at.db,
    resource,
    told.map(({ id }) => id),
  );
  const rendered = new Map((await render(at.db, resource, rows)).map((it) => [it.id, it]));
  const shown = told.filter(({ id }) => rendered.has(id));
  return {
    status: 200,
    body: {
      resourceType: 'Bundle',
      type: 'searchset',
      total: shown.length,
      link: [{ relation: 'self', url: `${at.base}/${type}/$match` }],
      ...(shown.length > 0
        ? {
            entry: shown.map(({ id, score, grade }) => ({
              fullUrl: `${at.base}/${type}/${id}`,
              resource: rendered.get(id)!.body,
              search: { extension: [{ url: gradeUrl, valueCode: grade }], mode: 'match', score },
            })),
          }
        : {}),
    },
    audit: {
      action: 'E',
      subtype: 'listed',
      object: `${type}/$match`,
      patientIds: shown.map(({ id }) => id),
    },
  };
};

interface Asked {
  body: Json;
  onlyCertain: boolean;
  count: number;
}

/** Parameters, or the resource alone. */
const read = (sent: Json, type: string): Asked => {
  const parameters = (sent.resourceType === 'Parameters' ? (sent.parameter ?? []) : []) as Json[];
  const valueOf = (name: string, value: string): unknown => parameters.find((it) => it.name === name)?.[value];
  const body = sent.resourceType === type ? sent : (valueOf('resource', 'resource') as Json | undefined);
  if (body?.resourceType !== type)
    throw refuse('fhir_type_mismatch', { expression: 'Parameters.parameter', resourceType: type });
  const asked = Number(valueOf('count', 'valueInteger') ?? usual);
  return {
    body,
    onlyCertain: valueOf('onlyCertainMatches', 'valueBoolean') === true,
    count: Math.min(Math.max(asked, 1), most),
  };
};
