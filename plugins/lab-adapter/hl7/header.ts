import { Message } from 'node-hl7-client';

/** Why a message is not taken. AR: such messages are never taken; AE: this one could not be. */
export const refusals = {
  'not-hl7': { code: 'AR', error: '100', text: 'The frame does not begin with an MSH segment' },
  'encoding-characters': { code: 'AR', error: '102', text: 'MSH-2 is not four or five different characters' },
  'several-messages': { code: 'AR', error: '100', text: 'A frame holds one message, or a batch' },
  'no-type': { code: 'AR', error: '101', text: 'MSH-9 is missing' },
  'unsupported-type': { code: 'AR', error: '200', text: 'Messages of this type are not taken' },
  'unsupported-version': { code: 'AR', error: '203', text: 'This version of HL7 is not taken' },
  'unsupported-charset': { code: 'AR', error: '102', text: 'The character set in MSH-18 is not known' },
  'no-sender': { code: 'AR', error: '101', text: 'MSH-3 and MSH-4 are missing' },
  'no-control-id': { code: 'AR', error: '101', text: 'MSH-10 is missing' },
  'no-processing-id': { code: 'AR', error: '101', text: 'MSH-11 is missing' },
  'frame-too-long': { code: 'AR', error: '207', text: 'The frame is longer than 1 MB' },
  'frame-cut': { code: 'AE', error: '207', text: 'The frame was cut off by another one' },
  'not-in-charset': { code: 'AE', error: '102', text: 'The text is not in the character set it names' },
  'bad-segment': { code: 'AE', error: '100', text: 'A line is no segment' },
  'no-obr': { code: 'AE', error: '100', text: 'The message has no OBR segment' },
  'not-now': { code: 'AE', error: '207', text: 'The message could not be kept; send it again' },
} as const;
export type Fault = keyof typeof refusals;

/** What every message says of itself; null where it does not. */
export interface Header {
  sender: string | null;
  application: string;
  facility: string;
  receiver: string;
  receivingFacility: string;
  type: string | null;
  controlId: string | null;
  processing: string | null;
  version: string | null;
}
export const unknownHeader: Header = {
  sender: null, application: '', facility: '', receiver: '', receivingFacility: '', type: null, controlId: null, processing: null, version: null,
}; // prettier-ignore

/** Segments end with CR; what comes from files ends otherwise, and a byte order mark says nothing. */
export const tidy = (text: string): string =>
  text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n|\n/g, '\r')
    .replace(/\r+/g, '\r')
    .trim();

const charsets: Readonly<Record<string, string>> = {
  '': 'utf-8', 'UNICODE UTF-8': 'utf-8', 'UNICODE': 'utf-8', 'UTF-8': 'utf-8', 'ASCII': 'utf-8', '8859/1': 'iso-8859-1', '8859/2': 'iso-8859-2', '8859/5': 'iso-8859-5',
  '8859/6': 'iso-8859-6', '8859/9': 'iso-8859-9', '8859/15': 'iso-8859-15',
}; // prettier-ignore

/** Its text, in the character set that its own first line names. */
export const decode = (body: Buffer): { text: string; fault?: Fault } => {
  const head = body.subarray(0, 2000).toString('latin1').replace(/^ï»¿/, '');
  const [line = ''] = head.split(/[\r\n]/);
  const named = /^[A-Z]{2}[SH](.)/.test(line) ? (line.split(line[3] ?? '|')[17] ?? '').split('~')[0] : '';
  const charset = charsets[line.startsWith('MSH') ? (named ?? '') : ''];
  if (charset === undefined) return { text: tidy(body.toString('latin1')), fault: 'unsupported-charset' };
  try {
    return { text: tidy(new TextDecoder(charset, { fatal: true }).decode(body)) };
  } catch {
    return { text: tidy(body.toString('latin1')), fault: 'not-in-charset' };
  }
};

const words = (text: string | undefined): string => text ?? '';

/** @returns the parts of the first line even where the rest is unusable, for the answer needs them */
export const headerOf = (text: string): { header: Header; fault?: Fault } => {
  if (!text.startsWith('MSH')) return { header: unknownHeader, fault: 'not-hl7' };
  const separator = words(text[3]);
  const [line = ''] = text.split('\r');
  const fields = line.split(separator);
  const field = (n: number): string => words(fields[n - 1]).trim();
  const first = (n: number): string => words(field(n).split('^')[0]);
  const [application, facility] = [field(3), field(4)];
  const header: Header = {
    sender: application || facility ? `${application}|${facility}`.slice(0, 300) : null,
    application,
    facility,
    receiver: field(5),
    receivingFacility: field(6),
    type: field(9) ? field(9).split('^').slice(0, 2).join('^') : null,
    controlId: field(10).slice(0, 199) || null,
    processing: first(11) || null,
    version: first(12) || null,
  };
  const encoding = field(2);
  if (
    !/^.{4,5}$/.test(encoding) ||
    new Set(encoding + separator).size !== encoding.length + 1 ||
    /[\w\s]/.test(encoding)
  )
    return { header, fault: 'encoding-characters' };
  return { header };
};

/** Everything that is asked of a message before it is read. */
export const faultOf = (text: string, header: Header): Fault | undefined => {
  const lines = text.split('\r');
  if (lines.filter((line) => line.startsWith('MSH')).length > 1) return 'several-messages';
  if (header.type === null) return 'no-type';
  if (header.type !== 'ORU^R01') return 'unsupported-type';
  if (header.sender === null) return 'no-sender';
  if (header.controlId === null) return 'no-control-id';
  if (header.processing === null) return 'no-processing-id';
  if (!header.version?.startsWith('2.')) return 'unsupported-version';
  if (lines.some((line) => !/^[A-Z][A-Z0-9]{2}(\W|$)/.test(line))) return 'bad-segment';
  if (!lines.some((line) => line.startsWith('OBR'))) return 'no-obr';
  return undefined;
};

/** The messages of a batch, or null where it is none. What stands before the first message, between or behind is the envelope. */
export const messagesOfBatch = (text: string): string[] | null => {
  if (!/^[FB]HS/.test(text)) return null;
  const messages: string[][] = [];
  for (const line of text.split('\r')) {
    if (line.startsWith('MSH')) messages.push([line]);
    else if (!/^(FHS|BHS|BTS|FTS)/.test(line)) messages.at(-1)?.push(line);
  }
  return messages.map((lines) => lines.join('\r'));
};

/** @throws when the parser cannot read it */
export const parse = (text: string): Message => new Message({ text });
