import type { Learner } from '../learn.ts';
import type { Path } from '../measure.ts';

/** The dashboard of a month. Its questions go out side by side on several connections, their baseline one after the other. */
export const overviewPaths = async ({ wants, as, get, send, path }: Learner): Promise<Path[]> => {
  if (!wants('dashboard')) return [];
  const admin = await as('admin');
  const today = Temporal.Now.plainDateISO();
  const calls = Array.from({ length: 40 }, (_, n) => {
    const to = today.subtract({ days: n });
    return get(`/api/dashboard?from=${to.subtract({ days: 29 }).toString()}&to=${to.toString()}`, admin);
  });
  await send(calls[0]!); // the first to ask brings the rollups up to date
  return [await path('dashboard, 30 days', 3, calls)];
};
