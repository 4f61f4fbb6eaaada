const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Where an app's people may be sent back to: an https address, http only to the machine itself, exact: no fragment, no
 * credentials, no pattern, and written as it will be compared.
 */
export const isRedirectUri = (text: string): boolean => {
  const url = URL.parse(text);
  if (!url || url.href !== text || /[*\s#\\]/.test(text)) return false;
  if (url.username || url.password) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopback.has(url.hostname));
};
