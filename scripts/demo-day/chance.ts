/** FNV-1a, then mixed until neighbouring words give numbers that lie far apart. */
const hash = (text: string): number => {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

type Key = readonly (string | number)[];

/**
 * What is left to chance, decided by the seed and by what it is about, never by who asks first: the same day in the same
 * hospital is played the same way, however fast the answers come.
 */
export class Chance {
  private readonly seed: number;
  constructor(seed: number) {
    this.seed = seed;
  }
  /** At least 0, less than 1. */
  of(...about: Key): number {
    return hash(`${this.seed} ${about.join(' ')}`) / 2 ** 32;
  }
  /** So often in a hundred. */
  isIn100(often: number, ...about: Key): boolean {
    return this.of(...about) * 100 < often;
  }
  /** Whole, both ends included. */
  between(least: number, most: number, ...about: Key): number {
    return least + Math.floor(this.of(...about) * (most - least + 1));
  }
  /** @throws when there is nothing to take */
  one<T>(list: readonly T[], ...about: Key): T {
    const chosen = list[Math.floor(this.of(...about) * list.length)];
    if (chosen === undefined) throw new Error(`There is nothing to choose from: ${about.join(' ')}`);
    return chosen;
  }
  shuffled<T>(list: readonly T[], ...about: Key): T[] {
    return list
      .map((it, n) => [this.of(...about, n), it] as const)
      .sort(([a], [b]) => a - b)
      .map(([, it]) => it);
  }
}
