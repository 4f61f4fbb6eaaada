import { onStored, store, stored } from './stored.ts';

export type Theme = 'system' | 'light' | 'dark';

const dark = matchMedia('(prefers-color-scheme: dark)');
const asChosen = (text: string | null): Theme => (text === 'light' || text === 'dark' ? text : 'system');

let chosen = $state(asChosen(stored('theme')));
let systemIsDark = $state(dark.matches);
dark.addEventListener('change', () => (systemIsDark = dark.matches));
onStored('theme', (text) => (chosen = asChosen(text)));

export const theme = {
  /** What the user chose; `system` until then. */
  get chosen() {
    return chosen;
  },
  get shown(): 'light' | 'dark' {
    return chosen === 'system' ? (systemIsDark ? 'dark' : 'light') : chosen;
  },
  choose(next: Theme) {
    chosen = next;
    store('theme', next === 'system' ? null : next);
  },
};
