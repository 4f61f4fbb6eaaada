import { refuse } from '../core/refuse.ts';
import type { At } from './at.ts';
import type { Json } from './json.ts';
import { mapTexts } from './paths.ts';
import { findOne } from './search/index.ts';

/** Elements whose text may be the address of another entry (R4 3.1.0.11.2). */
const addresses: ReadonlySet<string> = new Set(['reference', 'url', 'valueUri', 'valueUrl', 'valueReference']);
const conditional = /^([A-Z][A-Za-z]+)\?(.+)$/s;

/**
 * The resource with references as we keep them: entries of the same Bundle by the id they got, conditions by what they
 * mean, our own absolute addresses without the base. `known` remembers conditions across the resources of a Bundle.
 * @throws 412 naming a condition that means nothing or several things
 */
export const resolveReferences = async (
  at: At,
  body: Json,
  path: string,
  { ids = new Map(), known = new Map() }: { ids?: ReadonlyMap<string, string>; known?: Map<string, string> } = {},
): Promise<Json> => {
  const conditions = new Map<string, string>();
  const note = (text: string, where: string): string => {
    if (conditional.test(text) && where.endsWith('.reference') && !known.has(text)) conditions.set(text, where);
    return text;
  };
  mapTexts(body, addresses, note, path);
  for (const [condition, expression] of conditions) known.set(condition, await meaningOf(at, condition, expression));
  return mapTexts(body, addresses, (text) => ids.get(text) ?? known.get(text) ?? relative(at, text), path) as Json;
};

const relative = (at: At, text: string): string =>
  text.startsWith(`${at.base}/`) ? text.slice(at.base.length + 1) : text;

const meaningOf = async (at: At, condition: string, expression: string): Promise<string> => {
  const [, type = '', query = ''] = conditional.exec(condition) ?? [];
  const id = await findOne(at, type, query);
  if (id === null) throw refuse('fhir_condition_unmatched', { condition: condition.slice(0, 300), expression });
  return `${type}/${id}`;
};
