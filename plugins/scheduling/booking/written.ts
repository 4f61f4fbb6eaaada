/** Start and end as they were sent, with the offset: what validation makes of them is an instant, and no longer a wall time. */
export type Written = readonly (string | undefined)[];

export const writtenTimes = (request: { orig: { payload?: unknown } }): Written => {
  const { startsAt, endsAt } = (request.orig.payload ?? {}) as Record<string, unknown>;
  return [startsAt, endsAt].map((text) => (typeof text === 'string' ? text : undefined));
};
