/**
 * Code 128 (ISO/IEC 15417): capitals and digits in set B, runs of digits two at a time in set C, so that the label stays short.
 * Each symbol is six widths of bars and spaces; the last one has seven.
 */
const widths =
  '212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112'.split(
    ' ',
  );
const startB = 104;
const startC = 105;
const toC = 99;
const toB = 100;
const stop = 106;

/** The symbols for a text of printable ASCII, check symbol and stop included. */
export function symbolsOf(text: string): number[] {
  if (!/^[\x20-\x7e]+$/.test(text)) throw new Error('Code 128 takes printable ASCII here.');
  const symbols: number[] = [];
  let set: 'B' | 'C' | undefined;
  for (let at = 0; at < text.length;) {
    const run = /^\d*/.exec(text.slice(at))![0].length;
    // Set C pays from four digits on, and takes them in pairs: an odd one stays in set B.
    if ((set === 'C' && run >= 2) || (run >= 4 && run % 2 === 0)) {
      if (set !== 'C') symbols.push(set ? toC : startC);
      set = 'C';
      symbols.push(Number(text.slice(at, at + 2)));
      at += 2;
    } else {
      if (set !== 'B') symbols.push(set ? toB : startB);
      set = 'B';
      symbols.push(text.charCodeAt(at) - 32);
      at += 1;
    }
  }
  const check = symbols.reduce((sum, symbol, n) => sum + symbol * Math.max(1, n), 0) % 103;
  return [...symbols, check, stop];
}

export interface Bar {
  x: number;
  width: number;
}

/** Black bars in modules, with how wide all is: without the quiet zone of ten modules that belongs on either side. */
export function barsOf(text: string): { bars: Bar[]; width: number } {
  const bars: Bar[] = [];
  let x = 0;
  for (const symbol of symbolsOf(text)) {
    for (const [n, digit] of [...widths[symbol]!].entries()) {
      if (n % 2 === 0) bars.push({ x, width: Number(digit) });
      x += Number(digit);
    }
  }
  return { bars, width: x };
}
