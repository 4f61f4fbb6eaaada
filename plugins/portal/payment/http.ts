import { z } from 'zod';
import type { Provider } from '../settings.ts';
import { ProviderAway, type PaymentPort, type Said } from './port.ts';

/** As the provider writes it, in answers and in callbacks. */
export const SaidShape = z.object({
  id: z.uuid(),
  status: z.enum(['open', 'paid', 'refused', 'abandoned', 'refunded']),
  amountMinor: z.int(),
  currency: z.string().regex(/^[A-Z]{3}$/),
});
const Created = z.object({ url: z.url() });
const longestAnswer = 64 * 1024;

export const openProvider = ({ url, key }: Provider): PaymentPort => {
  const call = async (method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> => {
    try {
      const response = await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
        redirect: 'error', // the key goes to the configured address and nowhere else
        signal: AbortSignal.timeout(8_000),
      });
      const text = await response.text();
      if (response.status >= 500 || response.status === 429 || text.length > longestAnswer) throw new Error('away');
      return { status: response.status, body: text ? (JSON.parse(text) as unknown) : null };
    } catch (error) {
      throw new ProviderAway('The payment provider did not answer.', { cause: error });
    }
  };
  const read = <T>(shape: z.ZodType<T>, { status, body }: { status: number; body: unknown }): T => {
    const { success, data } = shape.safeParse(body);
    if (status >= 300 || !success) throw new ProviderAway('The payment provider answered something else.');
    return data;
  };
  return {
    create: async ({ id, ...wanted }) => {
      const page = read(Created, await call('PUT', `/payments/${id}`, wanted)).url;
      if (new URL(page).origin !== new URL(url).origin)
        throw new ProviderAway('The payment page is not at the provider.');
      return page;
    },
    find: async (id): Promise<Said | null> => {
      const answer = await call('GET', `/payments/${id}`);
      return answer.status === 404 ? null : read(SaidShape, answer);
    },
    refund: async (id) => void read(SaidShape, await call('POST', `/payments/${id}/refund`, {})),
  };
};
