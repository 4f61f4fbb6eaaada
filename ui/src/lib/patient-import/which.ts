/** About which lines something is decided: some of them, or all of one kind. */
export type Which = { lines: number[] } | { outcome: 'probable' | 'certain' | 'in-file' };
