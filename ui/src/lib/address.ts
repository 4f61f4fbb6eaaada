import { goto } from '$app/navigation';
import { navigating, page } from '$app/state';

/** The query of this address with some changes, so that a view can be shared and Back brings it again; nothing takes a key out. */
export function withQuery(url: { search: string }, changes: Record<string, string | undefined>): string {
  const query = new URLSearchParams(url.search);
  for (const [key, value] of Object.entries(changes)) {
    if (value) query.set(key, value);
    else query.delete(key);
  }
  return `?${query}`;
}

/**
 * Puts what was chosen on this page into its address. Of two choices in quick succession both count: the second begins from
 * where the first is going, though that has not arrived.
 */
export function choose(changes: Record<string, string | undefined>): void {
  const going = navigating.to?.url;
  const from = going?.pathname === page.url.pathname ? going : page.url;
  void goto(withQuery(from, changes), { reset: false, replace: true });
}
