import Joi from 'joi';

/** Kinds of requests that are counted apart; a route says its kind with `limit`, or it follows from its method. */
export const limitClasses = ['sign-in', 'public', 'search', 'write', 'export', 'import', 'other'] as const;
export type LimitClass = (typeof limitClasses)[number];

export interface Limit {
  points: number;
  /** Seconds. */
  per: number;
}
export type Limits = Readonly<Record<LimitClass, Limit>>;

/**
 * `sign-in` counts failures of an address, `public` everything else that an address asks for without a token, the others what one
 * account asks for. A ward whose screens fetch again whenever something changes stays far below; a script in a loop does not.
 */
export const usualLimits: Limits = {
  'sign-in': { points: 100, per: 900 },
  public: { points: 6_000, per: 60 },
  search: { points: 600, per: 60 },
  write: { points: 1_200, per: 60 },
  export: { points: 60, per: 60 },
  import: { points: 60_000, per: 60 },
  other: { points: 6_000, per: 60 },
};

/** `write=600,search=300`, or `all=1000000`; what is not named stays. */
export const limitsSetting = () =>
  Joi.string().custom((text: string, helpers) => {
    const pairs = text.split(',').map((pair) => /^\s*([a-z-]+)\s*=\s*([1-9]\d{0,8})\s*$/.exec(pair));
    const known = new Set<string>([...limitClasses, 'all']);
    if (!pairs.every((pair) => pair && known.has(pair[1]!)))
      return helpers.message({
        custom: `"OPENWARD_LIMITS" is a list such as write=600,search=300 of: ${limitClasses.join(', ')}, all`,
      });
    const given = new Map(pairs.map((pair) => [pair![1], Number(pair![2])]));
    return Object.fromEntries(
      limitClasses.map((name) => [
        name,
        { ...usualLimits[name], points: given.get(name) ?? given.get('all') ?? usualLimits[name].points },
      ]),
    );
  });
