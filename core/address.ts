import { BlockList, isIP } from 'node:net';
import type { Request, Server } from '@hapi/hapi';
import Joi from 'joi';

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
const partsOf = (text: string): [address: string, bits: number] | null => {
  const [address = '', bits] = text.split('/');
  const whole = isIP(address) === 6 ? 128 : 32;
  const width = bits === undefined ? whole : /^\d{1,3}$/.test(bits) ? Number(bits) : NaN;
  return isIP(address) !== 0 && width <= whole ? [address, width] : null;
};

/** Addresses and networks, with commas: 10.0.0.4, 10.1.0.0/16. */
export const proxiesSetting = () =>
  Joi.string().custom((text: string, helpers) => {
    const proxies = text.split(',').map((each) => each.trim());
    return proxies.every(partsOf)
      ? proxies
      : helpers.message({ custom: '"OPENWARD_TRUSTED_PROXIES" is a list of addresses such as 10.0.0.4,10.1.0.0/16' });
  });

/**
 * Who asks, as told by the proxies that we know: from the right, the first address that is none of theirs. What stands left of it
 * anybody can have written. Null when nobody whom we know has told.
 */
export const clientAddress = (from: string, forwarded: string | undefined, proxies: BlockList): string | null => {
  const isProxy = (address: string) => isIP(address) !== 0 && proxies.check(address, family(address));
  if (!forwarded || !isProxy(from)) return null;
  const hops = forwarded.split(',').map((hop) => hop.trim().replace(/^::ffff:(?=[\d.]+$)/i, ''));
  const client = hops.findLast((hop) => !isProxy(hop)) ?? hops[0]!;
  return isIP(client) === 0 ? null : client;
};

export const readAddresses = (server: Server, trusted: readonly string[]): void => {
  if (trusted.length === 0) return;
  const proxies = new BlockList();
  for (const [address, bits] of trusted.flatMap((each) => [partsOf(each)!]))
    proxies.addSubnet(address, bits, family(address));
  server.ext('onRequest', (request: Request, h) => {
    const told = request.headers['x-forwarded-for'] as string | undefined;
    const value = clientAddress(request.info.remoteAddress, told, proxies);
    if (value !== null) Object.defineProperty(request.info, 'remoteAddress', { value });
    return h.continue;
  });
};
