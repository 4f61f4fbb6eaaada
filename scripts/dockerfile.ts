/** One instruction, its variables of ARG filled in. */
export interface Step {
  name: string;
  words: string[];
  /** The instruction on one line. */
  text: string;
}

/** As much of the format as our Dockerfile uses: comments, continued lines, ARG before the first FROM. */
export function readDockerfile(source: string): Step[] {
  const args = new Map<string, string>();
  const steps: Step[] = [];
  for (const line of source
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')) {
    if (!line.trim()) continue;
    const [name = '', ...words] = line.trim().split(/\s+/);
    if (name === 'ARG') {
      const [key = '', value = ''] = words[0]?.split('=', 2) ?? [];
      args.set(key, value);
      continue;
    }
    const fill = (text: string) =>
      name === 'FROM' ? text.replace(/\$\{(\w+)\}/g, (_, key: string) => args.get(key) ?? '') : text;
    steps.push({ name, words: words.map(fill), text: fill(line.trim()) });
  }
  return steps;
}
