const mostOfOne = 10;
const mostAddresses = 100;

let minute = 0;
const seen = new Map<string, number>();

/**
 * Whether a token that was not taken is still worth an audit row: ten a minute from one address, of a hundred addresses.
 * Who tries is known then, and a flood does not fill the disk.
 */
export const mayNote = (address: string, at = Date.now()): boolean => {
  const now = Math.floor(at / 60_000);
  if (now !== minute) seen.clear();
  minute = now;
  if (!seen.has(address) && seen.size >= mostAddresses) return false;
  const times = (seen.get(address) ?? 0) + 1;
  seen.set(address, times);
  return times <= mostOfOne;
};
