import { onMount } from 'svelte';
import { live } from './live.ts';

/** In a component: fetches again when one of these plugins has news, once for news that come together. */
export function refreshOn(plugins: readonly string[], refetch: () => void) {
  onMount(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        refetch();
      }, 250);
    };
    const stops = plugins.map((plugin) => live.on(plugin, soon));
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  });
}
