/** How a laboratory writes a result, for tests and for whoever measures the way from ORU to chart. */
export interface Oru {
  /** MSH-10; another one for each message. */
  controlId: string;
  patient: {
    recordNumber: string;
    familyName?: string;
    givenName?: string;
    birthDate?: string | null;
    gender?: string;
  };
  /** The number on the specimen's label. */
  accession: string;
  /** Placer order number, as it stood in the order; not needed beside the accession. */
  placer?: string;
  results: readonly {
    /** LOINC. */
    code: string;
    value: string;
    unit?: string | null;
    /** OBX-11: F unless said otherwise. */
    status?: string;
    /** OBX-2: NM unless said otherwise. */
    type?: string;
    flag?: string;
    note?: string;
  }[];
  sender?: readonly [application: string, facility: string];
  processing?: string;
}

const escaped = (text: string): string =>
  text.replace(
    /[\\|^~&]/g,
    (it) => ({ '\\': '\\E\\', '|': '\\F\\', '^': '\\S\\', '~': '\\R\\', '&': '\\T\\' })[it] ?? it,
  );
const genders: Readonly<Record<string, string>> = { female: 'F', male: 'M', other: 'O' };

/** An ORU^R01 of version 2.5.1, with CR at the end of each segment. */
export const oru = ({
  controlId,
  patient,
  accession,
  placer = '',
  results,
  sender = ['LAB', 'NORTHSIDE'],
  processing = 'P',
}: Oru): string => {
  const day = patient.birthDate?.replaceAll('-', '') ?? '';
  const segments = [
    `MSH|^~\\&|${sender[0]}|${sender[1]}|OPENWARD|HOSPITAL|20260302090000+0100||ORU^R01^ORU_R01|${controlId}|${processing}|2.5.1||||||UNICODE UTF-8`,
    `PID|1||${patient.recordNumber}^^^OPENWARD^MR||${escaped(patient.familyName ?? '')}^${escaped(patient.givenName ?? '')}||${day}|${genders[patient.gender ?? ''] ?? ''}`,
    `OBR|1|${placer}|${accession}|REPORT^Report^L`,
    ...results.flatMap(({ code, value, unit, status = 'F', type = 'NM', flag = '', note }, n) => [
      `OBX|${String(n + 1)}|${type}|${code}^^LN||${escaped(value)}|${unit ? `${escaped(unit)}^^UCUM` : ''}||${flag}|||${status}`,
      ...(note ? [`NTE|1||${escaped(note)}`] : []),
    ]),
    `SPM|1|${accession}`,
  ];
  return `${segments.join('\r')}\r`;
};
