import type { Message } from 'node-hl7-client';
import type { Coded, Incoming, Report, Value } from '../model.ts';
import { parse, type Header } from './header.ts';

type Node = ReturnType<Message['get']>;

/** Escapes that lay out text; the parser has resolved the others. */
const plain = (text: string): string =>
  text
    .replace(/\\\.(br|sp)\d*\\/g, '\n')
    .replace(/\\\.[a-z]{2}[+-]?\d*\\/g, '')
    .replace(/\\[HN]\\/g, '')
    .trim();
const at = (node: Node, place: string): string => plain(node.get(place).toString());
const dayOf = (text: string): string | null => {
  const [, year, month, day] = /^(\d{4})-?(\d\d)-?(\d\d)/.exec(text) ?? [];
  return year ? `${year}-${month}-${day}` : null;
};

/** A code with its other one, as CE and CWE carry them. */
const coded = (segment: Node, field: number): Coded[] =>
  [
    { code: at(segment, `${field}.1`), system: at(segment, `${field}.3`) },
    { code: at(segment, `${field}.4`), system: at(segment, `${field}.6`) },
  ].filter(({ code }) => code !== '');

const repeats = (segment: Node, field: number): string[] => {
  const node = segment.get(field);
  return node.length > 1 ? node.toArray().map((it) => plain(it.toString())) : [plain(node.toString())];
};

/** https://terminology.hl7.org/CodeSystem-v2-0085.html */
const statuses: Readonly<Record<string, Value['status']>> = {
  F: 'final', U: 'final', C: 'corrected', P: 'preliminary', R: 'preliminary', S: 'preliminary', X: 'cancelled', D: 'withdrawn', W: 'withdrawn',
}; // prettier-ignore

const valueOf = (segment: Node): Value => {
  const kind = at(segment, '2');
  const text = kind === 'SN' ? `${at(segment, '5.1')}${at(segment, '5.2')}` : repeats(segment, 5).join('\n');
  return {
    codes: coded(segment, 3),
    status: statuses[at(segment, '11')] ?? null,
    text: kind === 'CE' || kind === 'CWE' ? at(segment, '5.2') || at(segment, '5.1') : text.trim(),
    answers: kind === 'CE' || kind === 'CWE' ? coded(segment, 5) : [{ code: text.trim(), system: '' }],
    unit: at(segment, '6.1') || null,
    flag: at(segment, '8') || null,
    note: null,
  };
};

/** An ORU^R01 whose header is in order. OBR begins a report; SPM and NTE belong to what stands before them. */
export const readResults = (text: string, header: Header): Incoming => {
  const message = parse(text);
  const reports: Report[] = [];
  let patient: Incoming['patient'] = null;
  let ordered = '';
  let last = '';
  for (let n = 0; n < message.length; n += 1) {
    const segment = message.get(n);
    const report = reports.at(-1);
    switch (segment.name) {
      case 'PID':
        patient = {
          names: [[at(segment, '5.1'), at(segment, '5.2')].filter(Boolean).join(', ')].filter(Boolean),
          numbers: repeats(segment, 3).filter((it) => it !== ''),
          birthDate: dayOf(at(segment, '7')),
          gender: at(segment, '8') || null,
        };
        break;
      case 'ORC':
        ordered = at(segment, '2.1');
        break;
      case 'OBR':
        reports.push({
          placers: [at(segment, '2.1') || ordered, at(segment, '3.1')].filter(Boolean),
          accessions: [],
          values: [],
        });
        ordered = '';
        break;
      case 'OBX':
        report?.values.push(valueOf(segment));
        break;
      case 'SPM':
        report?.accessions.push(...[at(segment, '2.1'), at(segment, '2.2')].filter(Boolean));
        break;
      case 'NTE': {
        const value = report?.values.at(-1);
        const note = repeats(segment, 3).join('\n').trim();
        if (value && last !== 'PID' && note) value.note = [value.note, note].filter(Boolean).join('\n').slice(0, 500);
        break;
      }
    }
    if (segment.name !== 'NTE') last = segment.name;
  }
  return { isTest: header.processing !== 'P', patient, reports };
};
