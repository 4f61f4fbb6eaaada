import { sql, type Fragment } from '../../core/database.ts';
import { at, unusable, type Asked, type Column, type SearchParameter } from './parameter.ts';
import { prefixOf } from './prefix.ts';

/** `100` means 99.5 up to 100.5, `100.00` means 99.995 up to 100.005: the digits written are the precision. */
const rangeOf = (asked: Asked, text: string): [low: string, value: string, high: string] => {
  if (!/^-?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,2})?$/.test(text)) throw unusable(asked, 'a number');
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const half = `5e${Number(exponent) - (mantissa.split('.')[1]?.length ?? 0) - 1}`;
  return [`-${half}`, text, half];
};

const compare = (own: Fragment, asked: Asked, text: string): Fragment => {
  const [prefix, number] = prefixOf(text);
  const [low, value, high] = rangeOf(asked, number);
  const exact = sql.fragment`${value}::numeric`;
  switch (prefix) {
    case 'eq':
      return sql.fragment`(${own} >= ${exact} + ${low}::numeric and ${own} < ${exact} + ${high}::numeric)`;
    case 'ne':
      return sql.fragment`(${own} < ${exact} + ${low}::numeric or ${own} >= ${exact} + ${high}::numeric)`;
    case 'lt':
    case 'eb':
      return sql.fragment`${own} < ${exact}`;
    case 'gt':
    case 'sa':
      return sql.fragment`${own} > ${exact}`;
    case 'le':
      return sql.fragment`${own} <= ${exact}`;
    case 'ge':
      return sql.fragment`${own} >= ${exact}`;
    case 'ap':
      return sql.fragment`abs(${own} - ${exact}) <= abs(${exact}) * 0.1`;
  }
};

/** A numeric column. With a unit it is a quantity: `5.4`, `5.4||mg`, `5.4|http://unitsofmeasure.org|mg`. */
export const number = (column: Column, { unit }: { unit?: Column } = {}): SearchParameter => ({
  kind: unit ? 'quantity' : 'number',
  modifiers: ['missing'],
  matches(alias, asked) {
    const [value = '', , code] = asked.parts;
    const byValue = compare(at(alias, column), asked, value);
    return unit && code ? sql.fragment`(${byValue} and ${at(alias, unit)} = ${code})` : byValue;
  },
  missing: (alias) => sql.fragment`${at(alias, column)} is null`,
  order: (alias) => at(alias, column),
});
