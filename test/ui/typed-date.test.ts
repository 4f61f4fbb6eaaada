import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { typedDate } from '../../ui/src/lib/typed-date.ts';

const test = suite('interface: typed dates');
const today = Temporal.PlainDate.from('2026-11-23');
const reads = (pairs: Record<string, string | null>) => {
  for (const [text, date] of Object.entries(pairs)) assert.is(typedDate(text, today), date, text);
};

test('a birth date in any clear form', () => {
  for (const text of [
    '14.7.1945', '14/07/1945', '14-7-1945', '14 7 1945', '1945-07-14', '1945/7/14', '14071945', '140745', '14.7.45',
    '14 jul 1945', '14-Jul-1945', '14 July 1945', 'July 14, 1945', '14jul1945', '14 de julio de 1945', '14 jul. 1945', '14 يوليو 1945',
    '14 تموز 1945', '١٤/٧/١٩٤٥', '  14.7.1945 ', '7/14/1945',
  ]) assert.is(typedDate(text, today), '1945-07-14', text); // prettier-ignore
});

test('from today', () => {
  reads({
    t: '2026-11-23',
    'T+7': '2026-11-30',
    't-1': '2026-11-22',
    'w+2': '2026-12-07',
    'm+1': '2026-12-23',
    'y-1': '2025-11-23',
  });
});

test('two digits of a year are the last hundred years', () => {
  reads({ '1.1.26': '2026-01-01', '1.1.27': '1927-01-01', '31.12.99': '1999-12-31' });
});

test('what is no date, or two, is none', () => {
  reads({
    '': null,
    '31.2.2000': null,
    '32.1.2000': null,
    '13.13.2000': null,
    '1.1': null,
    hello: null,
    '14 ju 1945': null,
    '29.2.2023': null,
    '29.2.2024': '2024-02-29',
  });
});

test.run();
