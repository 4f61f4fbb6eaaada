export type Prefix = 'eq' | 'ne' | 'lt' | 'gt' | 'le' | 'ge' | 'sa' | 'eb' | 'ap';

/** `ge2026-03` is ['ge', '2026-03']; without a prefix `eq`. */
export const prefixOf = (text: string): [Prefix, string] => {
  const [, prefix, rest] = /^(eq|ne|lt|gt|le|ge|sa|eb|ap)(.*)$/.exec(text) ?? [];
  return prefix ? [prefix as Prefix, rest ?? ''] : ['eq', text];
};
