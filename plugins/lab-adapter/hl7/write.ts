import { randomUUID } from 'node:crypto';
import { Message } from 'node-hl7-client';
import { HL7_2_5_1 } from 'node-hl7-client/hl7';
import { refusals, type Fault, type Header } from './header.ts';

const ours = { application: 'OPENWARD', facility: 'HOSPITAL' };

/** YYYYMMDDHHMMSS±ZZZZ: the hospital's wall clock with its offset. */
export const hl7Time = (at: string, zone: string): string => {
  const time = Temporal.Instant.from(at).toZonedDateTimeISO(zone);
  const two = (n: number) => String(n).padStart(2, '0');
  const date = `${String(time.year).padStart(4, '0')}${two(time.month)}${two(time.day)}`;
  return `${date}${two(time.hour)}${two(time.minute)}${two(time.second)}${time.offset.replace(':', '')}`;
};
const hl7Day = (day: string): string => day.replaceAll('-', '');

interface Envelope {
  type: readonly [code: string, event: string, structure: string];
  controlId: string;
  to: { application: string; facility: string };
  at: string;
  zone: string;
  processing?: string;
}
/** Fields of a segment by their place: '5.1'. What is empty is left out; line ends would end the segment. */
type Fields = Readonly<Record<string, string | null | undefined>>;

const begin = ({ type, controlId, to, at, zone, processing = 'P' }: Envelope) => {
  const message = new Message({
    messageHeader: {
      msh_9_1: type[0],
      msh_9_2: 'R01',
      msh_9_3: type[2],
      msh_10: controlId,
      msh_11_1: 'P',
    },
    specification: new HL7_2_5_1(),
  });
  // The library would not take what others have written, so it is set afterwards.
  message.set('MSH.9.2', type[1]);
  message.set('MSH.11.1', processing);
  message.set('MSH.3', ours.application);
  message.set('MSH.4', ours.facility);
  message.set('MSH.5.1', to.application);
  message.set('MSH.6.1', to.facility);
  message.set('MSH.7', hl7Time(at, zone));
  message.set('MSH.18', 'UNICODE UTF-8');
  return {
    add(name: string, fields: Fields) {
      const segment = message.addSegment(name);
      for (const [place, value] of Object.entries(fields))
        if (value) segment.set(place, value.replace(/[\r\n\u000b\u001c]+/g, ' '));
    },
    text: () => `${message.toString()}\r`,
  };
};

// -- acknowledgements ---------------------------------------------------------------------------------------------------

/** For the sender of `header`. With a fault: which, in MSA-3 and in ERR. */
export const acknowledge = (
  header: Header,
  at: string,
  zone: string,
  fault?: Fault,
): { code: 'AA' | 'AE' | 'AR'; text: string } => {
  const wrong = fault && refusals[fault];
  const code = wrong?.code ?? 'AA';
  const part = (field: string) => field.split('^')[0] ?? '';
  const message = begin({
    type: ['ACK', header.type?.split('^')[1] ?? '', 'ACK'],
    controlId: randomUUID().replaceAll('-', '').slice(0, 20),
    to: { application: part(header.application), facility: part(header.facility) },
    at,
    zone,
    processing: header.processing ?? 'P',
  });
  message.add('MSA', { 1: code, 2: header.controlId, 3: wrong?.text });
  if (wrong) message.add('ERR', { '3.1': wrong.error, '3.2': fault, '3.3': 'HL70357', 4: 'E', 8: wrong.text });
  return { code, text: message.text() };
};

/** What a laboratory answered to a message of ours; null where it is no answer. */
export const readAnswer = (text: string): { code: string; controlId: string; reason: string } | null => {
  try {
    const message = new Message({ text: text.replace(/\n/g, '\r').trim() });
    const of = (place: string) => message.get(place).toString();
    return /^[AC][AER]$/.test(of('MSA.1')) ? { code: of('MSA.1'), controlId: of('MSA.2'), reason: of('MSA.3') || of('ERR.8') } : null; // prettier-ignore
  } catch {
    return null;
  }
};

// -- orders and patients ------------------------------------------------------------------------------------------------

export interface PatientOut {
  recordNumber: string;
  familyName: string;
  givenName: string;
  prefix: string | null;
  birthDate: string | null;
  gender: string;
  addressLine: string | null;
  city: string | null;
  postalCode: string | null;
  country: string | null;
  phone: string | null;
}
export interface OrderOut {
  encounterId: string | null;
  encounterClass: string | null;
  department: string | null;
  specimen: { accession: string; code: string; display: string; collectedAt: string; container: string };
  priority: string;
  requester: { id: string | null; name: string } | null;
  reason: string | null;
  orderedAt: string;
  tests: readonly { placer: string; code: string; display: string }[];
}

const genders: Readonly<Record<string, string>> = { female: 'F', male: 'M', other: 'O' };
const classes: Readonly<Record<string, string>> = { AMB: 'O', EMER: 'E', IMP: 'I' };
const priorities: Readonly<Record<string, string>> = { stat: 'S', urgent: 'A', asap: 'A', routine: 'R' };

const pid = (it: PatientOut): Fields => ({
  1: '1', '3.1': it.recordNumber, '3.4': ours.application, '3.5': 'MR', '5.1': it.familyName, '5.2': it.givenName, '5.5': it.prefix, '7': it.birthDate && hl7Day(it.birthDate),
  8: genders[it.gender] ?? 'U', '11.1': it.addressLine, '11.3': it.city, '11.5': it.postalCode, '11.6': it.country, '13.1': it.phone,
}); // prettier-ignore

interface Sending {
  controlId: string;
  at: string;
  zone: string;
  to: string;
}
const laboratoryOf = (name: string) => ({ application: 'LAB', facility: name });

/** OML^O21: one specimen with what is to be found in it. `control` NW orders, CA takes back. */
export const writeOrder = (
  it: OrderOut,
  patient: PatientOut,
  control: 'NW' | 'CA',
  { controlId, at, zone, to }: Sending,
): string => {
  const message = begin({ type: ['OML', 'O21', 'OML_O21'], controlId, to: laboratoryOf(to), at, zone });
  message.add('PID', pid(patient));
  message.add('PV1', {
    1: '1',
    2: classes[it.encounterClass ?? ''] ?? 'U',
    '3.1': it.department,
    '19.1': it.encounterId,
  });
  it.tests.forEach(({ placer, code, display }, n) => {
    const orderer: Fields = { '12.1': it.requester?.id, '12.2': it.requester?.name };
    message.add('ORC', {
      1: control,
      '2.1': placer,
      '2.2': ours.application,
      '4.1': it.specimen.accession,
      9: hl7Time(it.orderedAt, zone),
      ...orderer,
    });
    message.add('TQ1', { 1: '1', '9.1': priorities[it.priority] ?? 'R' });
    message.add('OBR', {
      1: String(n + 1), '2.1': placer, '2.2': ours.application, '4.1': code, '4.2': display, '4.3': 'LN', 7: hl7Time(it.specimen.collectedAt, zone),
      13: it.reason, '16.1': it.requester?.id, '16.2': it.requester?.name,
    }); // prettier-ignore
    message.add('SPM', {
      1: '1', '2.1': it.specimen.accession, '4.1': it.specimen.code, '4.2': it.specimen.display, '4.3': 'HL70487', '17.1': hl7Time(it.specimen.collectedAt, zone),
      '27.2': it.specimen.container,
    }); // prettier-ignore
  });
  return message.text();
};

/** ADT^A08: what is known of the patient now. */
export const writePatient = (patient: PatientOut, { controlId, at, zone, to }: Sending): string => {
  const message = begin({ type: ['ADT', 'A08', 'ADT_A01'], controlId, to: laboratoryOf(to), at, zone });
  message.add('EVN', { 1: 'A08', 2: hl7Time(at, zone) });
  message.add('PID', pid(patient));
  message.add('PV1', { 1: '1', 2: 'U' });
  return message.text();
};
