import { onMount } from 'svelte';
import { store, stored } from './stored.ts';

/** What a key does. `label` is a function so that the sheet speaks the language chosen now. */
export interface Shortcut {
  /** One key (`e`), two one after the other (`g h`), or with `ctrl+` (`ctrl+enter`). */
  keys: string;
  label: () => string;
  run: (event: KeyboardEvent) => void;
}

let layers = $state.raw<Shortcut[][]>([]);
let lettersOn = $state(stored('keys') !== 'off');
let first: { key: string; at: number } | undefined;

export const keys = {
  /** All that work on this screen, for the sheet; the screen's own before the frame's. */
  get all() {
    return layers.toReversed().flat();
  },
  get lettersOn() {
    return lettersOn;
  },
  switchLetters(on: boolean) {
    lettersOn = on;
    store('keys', on ? null : 'off');
  },
};

/** In a component: its shortcuts work as long as it is on the screen. The innermost wins. */
export function useKeys(shortcuts: Shortcut[]) {
  onMount(() => {
    layers = [...layers, shortcuts];
    return () => (layers = layers.filter((layer) => layer !== shortcuts));
  });
}

export function onkeydown(event: KeyboardEvent) {
  if (event.defaultPrevented || event.isComposing || event.altKey || event.repeat) return;
  const key = event.key.toLowerCase();
  const modified = event.ctrlKey || event.metaKey;
  if (
    !modified &&
    (!lettersOn || isTyping(event.target) || document.querySelector('[role=dialog][data-state=open], [role=menu]'))
  ) {
    first = undefined;
    return;
  }
  const pair = !modified && first && event.timeStamp - first.at < 1000 ? `${first.key} ${key}` : undefined;
  const found = find(pair) ?? find(modified ? `ctrl+${key}` : key);
  first = modified || found ? undefined : { key, at: event.timeStamp };
  if (!found) return;
  event.preventDefault();
  found.run(event);
}

const find = (wanted: string | undefined) => wanted && keys.all.find((shortcut) => shortcut.keys === wanted);

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    (target.matches('input, textarea, select') && !target.matches('[type=checkbox], [type=radio], [type=button]')));
