import { say, type Locale } from '../../../core/messages.ts';
import type { ImportLine, LineProblem } from './model.ts';

/** What is wrong with a line, in words, with the column by number and heading. */
export const problemWords = (it: LineProblem, headings: readonly string[], locale: Locale): string => {
  const reason = say(`import_problem_${it.code.replaceAll('-', '_')}`, locale, {
    line: it.line ?? '',
    count: it.count ?? '',
    wanted: it.wanted ?? '',
  });
  if (it.column === null) return reason;
  const heading = headings[it.column - 1] ?? '';
  return say('import_problem_at', locale, { column: it.column, heading, reason });
};

/** Why a line was not taken. */
export const refusedWords = (
  it: Pick<ImportLine, 'outcome' | 'problems' | 'sameAs'>,
  headings: readonly string[],
  locale: Locale,
): string => {
  if (it.outcome === 'broken') return it.problems.map((each) => problemWords(each, headings, locale)).join(' ');
  if (it.sameAs !== null && ['taken', 'in-file'].includes(it.outcome))
    return say(`import_refused_${it.outcome.replace('-', '_')}_line`, locale, { line: it.sameAs });
  return say(`import_refused_${it.outcome.replace('-', '_')}`, locale);
};
