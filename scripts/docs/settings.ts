import type { Schema } from 'joi';
import { code } from './markdown.ts';

interface Described {
  type?: string;
  flags?: { default?: unknown; presence?: string };
  allow?: unknown[];
  rules?: { name: string; args?: { limit?: number; options?: { scheme?: string[] } } }[];
}

/** Name, what may be in it, and its default, as joi has it. */
export const settingRows = (settings: Readonly<Record<string, Schema>>): string[][] =>
  Object.entries(settings).map(([name, schema]) => {
    const described = schema.describe() as Described;
    const { default: preset } = described.flags ?? {};
    return [code(name), kindOf(described), preset === undefined ? '' : code(String(preset))];
  });

const kindOf = ({ type = 'any', flags, allow = [], rules = [] }: Described): string => {
  const only = (flags as { only?: boolean } | undefined)?.only;
  if (only)
    return allow
      .filter((it) => it !== '')
      .map((it) => code(String(it)))
      .join(', ');
  const limits = rules.flatMap(({ name, args }) => {
    if (name === 'min') return [`at least ${args?.limit}${type === 'string' ? ' characters' : ''}`];
    if (name === 'max') return [`at most ${args?.limit}${type === 'string' ? ' characters' : ''}`];
    if (name === 'uri') return [`address: ${(args?.options?.scheme ?? []).join(', ')}`];
    return name === 'email' || name === 'port' || name === 'integer' ? [name] : [];
  });
  return [type === 'string' ? 'text' : type, ...limits].join(', ');
};
