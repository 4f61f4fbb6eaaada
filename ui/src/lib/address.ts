/** The query of this address with some changes, so that a view can be shared and Back brings it again; nothing takes a key out. */
export function withQuery(url: { search: string }, changes: Record<string, string | undefined>): string {
  const query = new URLSearchParams(url.search);
  for (const [key, value] of Object.entries(changes)) {
    if (value) query.set(key, value);
    else query.delete(key);
  }
  return `?${query}`;
}
