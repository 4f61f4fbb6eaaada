import { api } from '#lib/api.ts';
import type { PageLoad } from './$types';

const isId = (text: string | null): text is string => text !== null && /^[0-9a-f-]{36}$/.test(text);

export const load: PageLoad = async ({ params, url, parent, depends }) => {
  await parent();
  depends('portal:bill');
  // Back from the provider's page: how it ended is asked before the bill is shown.
  const id = url.searchParams.get('payment');
  const payment = isId(id) ? await api.post(`/api/portal/payments/${id}/check`).catch(() => undefined) : undefined;
  return { bill: await api.get(`/api/portal/bills/${encodeURIComponent(params.id)}`), payment };
};
