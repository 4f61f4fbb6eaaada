import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { create, type Font as Single } from 'fontkit';
import bidiFactory from 'bidi-js';
import type { Doc } from './paper.ts';
import { sfntOf } from './sfnt.ts';

// Its types speak of a module, and it is none: the function comes as it is.
const bidi = (bidiFactory as unknown as typeof bidiFactory.default)();
const { resolve } = createRequire(import.meta.url);

/** The scripts that a name can be written in here, the likeliest first; a letter of another script is drawn as an empty box. */
const fonts = [
  ['noto-sans', 'latin'],
  ['noto-sans', 'latin-ext'],
  ['noto-sans-arabic', 'arabic'],
  ['noto-sans', 'cyrillic'],
  ['noto-sans', 'cyrillic-ext'],
  ['noto-sans', 'greek'],
  ['noto-sans', 'greek-ext'],
  ['noto-sans', 'vietnamese'],
  ['noto-sans', 'devanagari'],
] as const;
const weights = { normal: 400, bold: 700 } as const;
export type Weight = keyof typeof weights;

interface Font {
  file: Buffer;
  points: ReadonlySet<number>;
}
const opened = new Map<string, Font>();
/** Read once; what it can draw is looked at once. */
const fontOf = (n: number, weight: Weight): Font => {
  const [family, subset] = fonts[n]!;
  const path = resolve(`@fontsource/${family}/files/${family}-${subset}-${weights[weight]}-normal.woff`);
  const known = opened.get(path);
  if (known) return known;
  const file = sfntOf(readFileSync(path));
  const font = { file, points: new Set((create(file) as Single).characterSet) };
  opened.set(path, font);
  return font;
};

interface Run {
  text: string;
  font: string;
  /** Of the Unicode bidirectional algorithm: an odd one is read from right to left. */
  level: number;
}
/** The first of the fonts that has it, by the name that this document knows it by. */
const nameOf = (doc: Doc, weight: Weight, letter: string): string => {
  const point = letter.codePointAt(0)!;
  const n = Math.max(
    0,
    fonts.findIndex((_, at) => fontOf(at, weight).points.has(point)),
  );
  const name = `${weight} ${n}`;
  if (!doc.registered.has(name)) {
    doc.pdf.registerFont(name, fontOf(n, weight).file);
    doc.registered.add(name);
  }
  return name;
};

const isMark = (letter: string): boolean => /^\p{M}|[\u200c\u200d]$/u.test(letter);

/** In the order in which they stand on paper, from left to right. */
const runsOf = (doc: Doc, text: string, weight: Weight): Run[] => {
  const embedding = bidi.getEmbeddingLevels(text);
  const mirrored = bidi.getMirroredCharactersMap(text, embedding.levels);
  const runs: Run[] = [];
  let at = 0;
  for (const letter of text) {
    const level = embedding.levels[at]!;
    const before = runs.at(-1);
    // A mark stays with its letter.
    const font = isMark(letter) && before ? before.font : nameOf(doc, weight, letter);
    const shown = mirrored.get(at) ?? letter;
    if (before && before.font === font && before.level === level) before.text += shown;
    else runs.push({ text: shown, font, level });
    at += letter.length;
  }
  // Arabic is turned round where it is shaped; what stands between its letters is not.
  for (const run of runs)
    if (run.level % 2 === 1 && !/[\p{Script=Arabic}\p{Script=Hebrew}]/u.test(run.text))
      run.text = [...run.text].reverse().join('');
  // Rule L2: from the highest level down, whatever is at it or above is turned round.
  for (let level = Math.max(0, ...runs.map((run) => run.level)); level > 0; level--)
    for (let from = 0; from < runs.length; from++) {
      let to = from;
      while (to < runs.length && runs[to]!.level >= level) to++;
      if (to > from) runs.splice(from, to - from, ...runs.slice(from, to).reverse());
      from = to;
    }
  return runs;
};

/** With features a run is shaped as a whole; without, word by word, which turns the words of Arabic round. */
const whole = { features: [] as never[], lineBreak: false };

/** In points at the size of one point: it grows with the size. */
const widthOf = (doc: Doc, runs: readonly Run[]): number =>
  runs.reduce((sum, { text, font }) => sum + doc.pdf.font(font).fontSize(100).widthOfString(text, whole) / 100, 0);

const letters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

export interface Line {
  /** Millimetres: the upper edge, and what must not be left. */
  x: number;
  y: number;
  width: number;
  /** Points: as large as it fits, and from where on it is cut instead. */
  size: number;
  least?: number;
  weight?: Weight;
  align?: 'left' | 'right' | 'center';
}

const millimetre = 72 / 25.4;

/** One line: made smaller until it fits, then cut with an ellipsis; never wider than said. */
export const line = (doc: Doc, said: string, at: Line): void => {
  const { weight = 'normal', least = at.size * 0.6, align = 'left' } = at;
  // Neither line breaks nor marks that would turn what follows round.
  const text = said
    .normalize('NFC')
    .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, ' ')
    .trim();
  const room = at.width * millimetre;
  let runs = runsOf(doc, text, weight);
  let width = widthOf(doc, runs);
  const size = Math.min(at.size, Math.max(least, room / width));
  const parts = [...letters.segment(text)].map(({ segment }) => segment);
  while (parts.length > 0 && width * size > room) {
    // At once as much as is too much on average, then letter by letter.
    parts.splice(-Math.max(1, Math.floor(parts.length * (1 - room / (width * size)) * 0.8)));
    runs = runsOf(doc, `${parts.join('').trimEnd()}…`, weight);
    width = widthOf(doc, runs);
  }
  const over = room - width * size;
  let x = at.x * millimetre + (align === 'right' ? over : align === 'center' ? over / 2 : 0);
  for (const run of runs) {
    // Fonts differ in how high they are: all stand on one line.
    doc.pdf
      .font(run.font)
      .fontSize(size)
      .text(run.text, x, at.y * millimetre + size, { ...whole, baseline: 'alphabetic' });
    x += widthOf(doc, [run]) * size;
  }
};
