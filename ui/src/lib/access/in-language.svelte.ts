import { invalidate } from '$app/navigation';
import { getLocale } from '../locale.svelte.ts';

/** The server has put roles and permissions into words: they are asked for anew in another language. */
export function inLanguage(dependency: string) {
  let spoken = getLocale();
  $effect(() => {
    const now = getLocale();
    if (now === spoken) return;
    spoken = now;
    void invalidate(dependency);
  });
}
