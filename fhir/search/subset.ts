import { r4Types } from '../definitions.ts';
import type { Json } from '../json.ts';

export const summaries = ['true', 'text', 'data'] as const;
export type Summary = (typeof summaries)[number];
/** What of a resource is to go out; both null: all of it. `elements` goes before `summary`. */
export interface Wanted {
  elements: readonly string[] | null;
  summary: Summary | null;
}

const always = new Set(['resourceType', 'id', 'meta']);
const subsetted = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };

/** A part of a resource as R4 says, with all that must be there, marked as not being the whole. */
export const subsetOf = (type: string, body: Json, { elements, summary }: Wanted): Json => {
  if (elements) return marked(keep(type, body, (name, base) => elements.includes(name) || elements.includes(base)));
  switch (summary) {
    case 'true':
      return marked(summarised(type, body));
    case 'text':
      return marked(keep(type, body, (name) => name === 'text'));
    case 'data':
      return marked(keep(type, body, (name) => name !== 'text'));
    default:
      return body;
  }
};

/** `base` is the name without its type: value of valueQuantity. A sibling such as `_birthDate` goes with its element. */
const keep = (type: string, body: Json, wanted: (name: string, base: string) => boolean): Json => {
  const { elements, required = [], choices = [] } = r4Types.get(type) ?? {};
  const needed = new Set([...required, ...choices.flatMap(([, forms]) => forms)]);
  return Object.fromEntries(
    Object.entries(body).filter(([key]) => {
      const name = key.replace(/^_/, '');
      return always.has(name) || needed.has(name) || wanted(name, elements?.get(name)?.choice ?? name);
    }),
  );
};

/** What R4 marks as summary, in the parts of the resource too; data types are given whole. */
const summarised = (type: string, body: Json): Json => {
  const elements = r4Types.get(type)?.elements;
  const kept = keep(type, body, (name) => Boolean(elements?.get(name)?.summary));
  const inner = (name: string, value: unknown): unknown => {
    const part = elements?.get(name)?.type ?? '';
    if (!part.includes('.') || typeof value !== 'object' || value === null) return value;
    return Array.isArray(value) ? value.map((each) => inner(name, each)) : summarised(part, value as Json);
  };
  return Object.fromEntries(Object.entries(kept).map(([name, value]) => [name, inner(name, value)]));
};

const marked = (body: Json): Json => {
  const meta = (body.meta ?? {}) as Json;
  return { ...body, meta: { ...meta, tag: [...((meta.tag ?? []) as unknown[]), subsetted] } };
};
