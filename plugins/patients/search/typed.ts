/** What somebody typed into the search field, told apart. */
export interface Typed {
  /** As typed, not folded; eight words of all kinds at most. */
  names: string[];
  /** Digits of a number or a phone, without signs between them and without the zero that stands for a country. */
  numbers: string[];
  birthDate: string | null;
}

/** 14-07-1945, 14.7.1945 and 1945-07-14 are birth dates, the rest names, numbers, phones. */
export const readTyped = (text: string): Typed => {
  const words = text
    .trim()
    .split(/[\s,;]+/)
    .filter(Boolean)
    .slice(0, 8);
  const birthDate = words.map(dateOf).find((found) => found !== null) ?? null;
  const others = words.filter((word) => dateOf(word) === null);
  return {
    names: others.filter((word) => !isNumber(word)).flatMap(partsOf),
    numbers: others.filter(isNumber).map(digitsOf).filter(Boolean),
    birthDate,
  };
};

/** Also a record number with its letters. */
const isNumber = (word: string): boolean => /^(ow-?)?[\d()+/.-]*\d[\d()+/.-]*$/i.test(word);
const digitsOf = (word: string): string => word.replace(/\D/g, '').replace(/^0+(?=\d{3})/, '');
/** Names with a dash or an apostrophe are kept as several words. */
const partsOf = (word: string): string[] => word.split(/[^\p{L}\p{M}\p{N}]+/u).filter(Boolean);

const dateOf = (word: string): string | null => {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(word);
  const local = /^(\d{1,2})[./-](\d{1,2})[./-](\d{4})$/.exec(word);
  const [year, month, day] = iso ? [iso[1], iso[2], iso[3]] : local ? [local[3], local[2], local[1]] : [];
  if (!year || !month || !day) return null;
  try {
    return Temporal.PlainDate.from(
      { year: Number(year), month: Number(month), day: Number(day) },
      { overflow: 'reject' },
    ).toString();
  } catch {
    return null;
  }
};
