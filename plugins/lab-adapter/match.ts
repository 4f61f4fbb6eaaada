import type { OutsideResult } from '../laboratory/api.ts';
import { Parked, type Coded, type Incoming, type Report, type Value } from './model.ts';
import type { Ordered } from './queries/match.ts';

const isRequest = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
const isAccession = (text: string) => /^L\d{8,12}$/.test(text);

/** Numbers of ours that a message names. */
export const namedIn = ({ reports }: Incoming): { requestIds: string[]; accessions: string[] } => {
  const placers = reports.flatMap((it) => it.placers);
  return {
    requestIds: placers.filter(isRequest).map((it) => it.toLowerCase()),
    accessions: [...reports.flatMap((it) => it.accessions), ...placers].filter(isAccession),
  };
};

/** The same unit, as laboratories write it. */
const spelled = (unit: string): string =>
  unit
    .toLowerCase()
    .replace(/\s|[{}[\]]/g, '')
    .replace(/^(x?10e|x?10\^|x10\*)/, '10*')
    .replace(/^k\//, '10*3/')
    .replace(/^(10\*3\/mm3)$/, '10*3/ul')
    .replace('µ', 'u')
    .replace('μ', 'u');
const sameUnit = (theirs: string | null, ours: string | null): boolean =>
  theirs === null || (ours !== null && spelled(theirs) === spelled(ours));

const codeOf = ({ codes }: { codes: readonly Coded[] }): string => codes[0]?.code ?? '?';

/** LOINC, or our own short code. Another laboratory's local code is not ours, even if it looks the same. */
const isOf = (row: Ordered, value: Value): boolean =>
  value.codes.some(({ code, system }) =>
    ['LN', 'LOINC', 'http://loinc.org'].includes(system)
      ? code === row.loinc
      : system === 'OPENWARD' && code === row.code,
  );

const measured = (row: Ordered, value: Value): Pick<OutsideResult, 'value' | 'valueCode' | 'valueText'> => {
  const unreadable = () => new Parked('value-unreadable', codeOf(value));
  if (row.kind === 'numeric') {
    if (!/^[+-]?\d{1,9}(\.\d{1,6})?$/.test(value.text)) throw unreadable();
    if (!sameUnit(value.unit, row.unit)) throw new Parked('unit-differs', codeOf(value));
    return { value: value.text.replace(/^\+/, '') };
  }
  if (row.kind === 'text') {
    if (value.text === '' || value.text.length > 2000) throw unreadable();
    return { valueText: value.text };
  }
  const said = [...value.answers.map(({ code }) => code), value.text].map((it) => it.toLowerCase());
  const option = row.options?.find(
    ({ code, display }) => said.includes(code.toLowerCase()) || said.includes(display.toLowerCase()),
  );
  if (!option) throw unreadable();
  return { valueCode: option.code };
};

/** The rows that a report is about: by specimen and by request where it names both. */
const rowsOf = (report: Report, rows: readonly Ordered[]): readonly Ordered[] => {
  const accessions = [...report.accessions, ...report.placers].filter(isAccession);
  const requests = report.placers.filter(isRequest).map((it) => it.toLowerCase());
  const byAccession = rows.filter((it) => accessions.includes(it.accession));
  const byRequest = rows.filter((it) => requests.includes(it.requestId));
  if (byAccession.length > 0 && byRequest.length > 0) {
    const both = byAccession.filter((it) => byRequest.includes(it));
    if (both.length === 0) throw new Parked('order-differs', accessions[0] ?? null);
    return both;
  }
  return byAccession.length > 0 ? byAccession : byRequest;
};

const genders: Readonly<Record<string, string>> = { F: 'female', M: 'male', female: 'female', male: 'male' };

/** Whether it speaks of the patient whose specimen it names. A number must agree, and nothing may contradict. */
const checkPatient = ({ patient }: Incoming, row: Ordered): void => {
  if (!patient || patient.numbers.length === 0) throw new Parked('no-patient');
  if (!patient.numbers.includes(row.recordNumber)) throw new Parked('patient-differs', 'PID-3');
  if (patient.birthDate && row.birthDate && patient.birthDate !== row.birthDate)
    throw new Parked('patient-differs', 'PID-7');
  const [said, known] = [genders[patient.gender ?? ''], row.gender];
  if (said && ['female', 'male'].includes(known) && said !== known) throw new Parked('patient-differs', 'PID-8');
};

export interface Posting {
  patientId: string;
  specimenId: string;
  results: OutsideResult[];
}

const toResult = (row: Ordered, value: Value): OutsideResult => {
  if (value.status === null) throw new Parked('status-unknown', codeOf(value));
  const bare = value.status === 'cancelled' || value.status === 'withdrawn';
  return {
    resultId: row.id,
    status: value.status,
    ...(bare ? {} : measured(row, value)),
    flag: bare ? null : value.flag,
    comment: value.note,
  };
};

/**
 * What is to be posted, one entry a specimen. `rows` are the tests ordered under the numbers that the message names, or of the specimen
 * that a person has chosen (`chosen`): then nobody asks again whose it is.
 * @throws Parked with the reason: nothing is guessed, and nothing is posted by halves
 */
export const matchResults = (incoming: Incoming, rows: readonly Ordered[], chosen: boolean): Posting[] => {
  const postings = new Map<string, Posting>();
  if (rows.length === 0) throw new Parked('unknown-order');
  for (const report of incoming.reports) {
    const own = chosen ? rows : rowsOf(report, rows);
    const [first] = own;
    if (!first) throw new Parked('unknown-order');
    if (!chosen) checkPatient(incoming, first);
    if (own.some((it) => it.patientId !== first.patientId)) throw new Parked('order-differs');
    for (const value of report.values) {
      const row = own.find((it) => isOf(it, value));
      if (!row) throw new Parked('test-not-ordered', codeOf(value));
      if (row.step === 'ordered') throw new Parked('not-collected', row.accession);
      if (row.step === 'rejected') throw new Parked('specimen-rejected', row.accession);
      const posting = postings.get(row.specimenId) ?? {
        patientId: row.patientId,
        specimenId: row.specimenId,
        results: [],
      };
      // Said twice in one message: the later line counts, as HL7's order of segments is the order of the laboratory.
      posting.results = [...posting.results.filter(({ resultId }) => resultId !== row.id), toResult(row, value)];
      postings.set(row.specimenId, posting);
    }
    if (report.values.length === 0) throw new Parked('value-unreadable', report.placers[0] ?? null);
  }
  const all = [...postings.values()];
  if (new Set(all.map(({ patientId }) => patientId)).size > 1) throw new Parked('order-differs');
  return all;
};
