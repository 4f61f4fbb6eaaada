import { z } from 'zod';
import { may } from '../../../core/access.ts';
import type { Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { date, defineResource, reference, string, token, type fhir, type Refs } from '../../../fhir/resource.ts';
import { loinc, noteStatus } from '../model.ts';
import { instantOf, refTo } from './parts.ts';
import { tableOf } from './table.ts';

const id = z.uuid();
const text = z.string().nullable();
const Row = z.strictObject({
  id,
  patientId: id,
  encounterId: id.nullable(),
  status: z.enum(noteStatus),
  title: text,
  reason: z.string(),
  findings: z.string(),
  plan: z.string(),
  addenda: z.array(z.object({ text: z.string(), authorName: text, at: z.string() })),
  authorId: id.nullable(),
  authorName: text,
  writtenAt: text,
  signedAt: text,
});
type Row = z.infer<typeof Row>;

const table = tableOf('ehr.composition', {
  patientId: 'uuid',
  encounterId: 'uuid',
  status: 'text',
  title: 'text',
  reason: 'text',
  findings: 'text',
  plan: 'text',
  addenda: 'jsonb',
  authorId: 'uuid',
  authorName: 'text',
  writtenAt: 'timestamptz',
  signedAt: 'timestamptz',
});

const sections = [
  ['reason', '29299-5', 'Reason for visit Narrative'],
  ['findings', '29545-1', 'Physical findings Narrative'],
  ['plan', '18776-5', 'Plan of care note'],
] as const;

const escape = (words: string) =>
  words.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]!);
const narrative = (words: string): fhir.Narrative => ({
  status: 'generated',
  div: `<div xmlns="http://www.w3.org/1999/xhtml">${words
    .split(/\n+/)
    .map((line) => `<p>${escape(line)}</p>`)
    .join('')}</div>`,
});
const entities: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&nbsp;': ' ',
};
const wordsOf = (div: string | undefined): string =>
  (div ?? '')
    .replace(/<(br|\/p|\/li|\/tr|\/h\d)\b[^>]*>/g, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (entity) => entities[entity] ?? '')
    .trim();

const toFhir = (it: Row): fhir.Composition => ({
  resourceType: 'Composition',
  id: it.id,
  status: it.status,
  type: { coding: [{ system: loinc, code: '11506-3', display: 'Progress note' }] },
  subject: { reference: `Patient/${it.patientId}` },
  encounter: refTo('Encounter', it.encounterId),
  date: it.writtenAt ?? '',
  author: [
    it.authorId !== null ? { reference: `Practitioner/${it.authorId}` } : { display: it.authorName ?? 'Not recorded' },
  ],
  title: it.title ?? 'Note',
  attester:
    it.signedAt === null
      ? undefined
      : [{ mode: 'legal', time: it.signedAt, party: refTo('Practitioner', it.authorId) }],
  section: sectionsOf(it),
});

const sectionsOf = (it: Row): fhir.CompositionSection[] | undefined => {
  const given = [
    ...sections.flatMap(([field, code, title]) =>
      it[field] === '' ? [] : [{ title, code: { coding: [{ system: loinc, code }] }, text: narrative(it[field]) }],
    ),
    ...it.addenda.map((addendum) => ({ title: 'Addendum', text: narrative(addendum.text) })),
  ];
  return given.length > 0 ? given : undefined;
};

const fromFhir = (it: fhir.Composition, refs: Refs): Omit<Row, 'id' | 'addenda'> => {
  const all = (it.section ?? []).flatMap((section) => [section, ...(section.section ?? [])]);
  const field = (code: string) =>
    wordsOf(all.find((section) => section.code?.coding?.some((coding) => coding.code === code))?.text?.div).slice(
      0,
      20_000,
    );
  const [author] = it.author.map((each) => refs.find(each, 'Practitioner')).filter((found) => found !== null);
  return {
    patientId: refs.id(it.subject, 'Patient', 'subject'),
    encounterId: refs.find(it.encounter, 'Encounter'),
    status: it.status,
    title: it.title,
    reason: field('29299-5'),
    findings: field('29545-1'),
    plan: field('18776-5'),
    authorId: author ?? null,
    authorName: it.author[0]?.display ?? null,
    writtenAt: instantOf(it.date),
    signedAt: instantOf(it.attester?.find(({ mode }) => mode === 'legal' || mode === 'professional')?.time),
  };
};

/** Whoever may only write cannot sign by this door either. */
const maySign = (tx: Db, input: { status: string; signedAt: string | null }): void => {
  const signs = input.signedAt !== null || input.status === 'final' || input.status === 'amended';
  if (signs && tx.origin === 'here' && !may(tx.actor, 'note:sign'))
    throw refuse('permission_missing', { permission: 'note:sign' });
};

/** Notes. What was written at a visit here and signed is amended under /api; this door refuses to rewrite it. */
export const composition = defineResource({
  type: 'Composition',
  table: 'ehr.composition',
  patient: 'patient_id',
  permission: { read: 'note:read', write: 'note:write' },
  row: Row,
  columns: table.columns,
  search: {
    patient: reference('patient_id', ['Patient']),
    subject: reference('patient_id', ['Patient']),
    encounter: reference('encounter_id', ['Encounter']),
    author: reference('author_id', ['Practitioner']),
    status: token('status', { system: 'http://hl7.org/fhir/composition-status' }),
    date: date('written_at'),
    title: string('title'),
  },
  toFhir,
  fromFhir,
  createMany: (tx, made: readonly { id: string; input: ReturnType<typeof fromFhir> }[]) => {
    for (const { input } of made) maySign(tx, input);
    return table.insert(tx, made);
  },
  update: (tx, noteId: string, version: number, input: ReturnType<typeof fromFhir>) => {
    maySign(tx, input);
    return table.update(tx, noteId, version, input);
  },
  instead: 'entered-in-error',
});
