import Joi from 'joi';
import { z } from 'zod';
import { text } from '../../../core/routes.ts';
import { Instant } from '../../../core/shapes.ts';
import { Candidate } from '../model.ts';

/** What a file may be at most; the page says the same. */
export const most = { bytes: 8 * 1024 * 1024, lines: 50_000, columns: 100, fieldLength: 4_000 };
/** Days until an import is thrown away: one that nobody took, and one that was taken. */
export const keptDays = { waiting: 7, taken: 30 };

/** What a column can mean. Those of `several` may stand in more than one and are joined. */
export const meanings = [
  'familyName', 'givenName', 'birthDate', 'gender', 'phone', 'email', 'addressLine', 'postalCode', 'city', 'country', 'language',
  'identifierType', 'identifierValue', 'contactName', 'contactRelationship', 'contactPhone',
] as const; // prettier-ignore
export type Meaning = (typeof meanings)[number];
export const several: ReadonlySet<string> = new Set<Meaning>(['givenName', 'addressLine']);
export const required = ['familyName', 'givenName', 'birthDate', 'gender'] as const;

export const statuses = ['columns', 'checking', 'ready', 'taking', 'taken'] as const;
export const dateOrders = ['dmy', 'mdy'] as const;
export type DateOrder = (typeof dateOrders)[number];

/** What becomes of a line, for who looks at it. */
export const outcomes = ['new', 'probable', 'certain', 'in-file', 'taken', 'broken', 'imported'] as const;
export type Outcome = (typeof outcomes)[number];
/** Those that somebody may decide about; the rest follows. */
export const decidable = ['probable', 'certain', 'in-file'] as const;

export const problemCodes = [
  'missing', 'too-long', 'not-text', 'quote', 'too-many-fields', 'too-few-fields', 'birth-date-unreadable', 'birth-date-future', 'gender-unknown',
  'phone-unreadable', 'email-unreadable', 'language-unreadable', 'identifier-type-missing', 'identifier-type-unknown', 'identifier-value-missing',
  'identifier-pattern', 'identifier-check-digit', 'identifier-in-use', 'identifier-twice', 'contact-incomplete', 'relationship-unknown',
] as const; // prettier-ignore
export type ProblemCode = (typeof problemCodes)[number];

/** `column` counts from 1; null: the whole line. `line`: an earlier one that it has to do with. */
export const LineProblem = z.strictObject({
  column: z.int().nullable(),
  code: z.enum(problemCodes),
  line: z.int().optional(),
  count: z.int().optional(),
  wanted: z.int().optional(),
});
export type LineProblem = z.infer<typeof LineProblem>;

/** What was understood of a line. */
export const ImportedPerson = z.strictObject({
  familyName: z.string(),
  givenName: z.string(),
  birthDate: z.string(),
  gender: z.string(),
  phone: z.string().nullable(),
  email: z.string().nullable(),
  addressLine: z.string().nullable(),
  postalCode: z.string().nullable(),
  city: z.string().nullable(),
  country: z.string().nullable(),
  language: z.string().nullable(),
  identifiers: z.array(z.strictObject({ code: z.string(), system: z.string(), value: z.string(), column: z.int() })),
  contact: z
    .strictObject({
      familyName: z.string(),
      givenName: z.string().nullable(),
      relationship: z.string(),
      phone: z.string().nullable(),
    })
    .nullable(),
});
export type ImportedPerson = z.infer<typeof ImportedPerson>;

export interface NewImport {
  /** Of the file. */
  name: string;
  /** Its bytes, base64. */
  content: string;
}
const bytes = () =>
  Joi.string()
    .max(Math.ceil(most.bytes / 3) * 4)
    .custom((written: string, helpers) => (/[^A-Za-z0-9+/=]/.test(written) ? helpers.error('string.base64') : written))
    .allow('');
export const NewImport = Joi.object<NewImport, true>({ name: text(200).required(), content: bytes().required() });

export interface Columns {
  meanings: (Meaning | '' | `identifier:${string}`)[];
  dateOrder: DateOrder | null;
}
export const Columns = Joi.object<Columns, true>({
  meanings: Joi.array()
    .items(
      Joi.string().valid('', ...meanings),
      Joi.string().pattern(/^identifier:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'kind of identifier'),
    )
    .min(1)
    .max(most.columns)
    .required(),
  dateOrder: Joi.string()
    .valid(...dateOrders)
    .allow(null)
    .default(null),
});

export interface Decided {
  /** These lines; without them all of that outcome. */
  lines?: number[];
  outcome?: (typeof decidable)[number];
  decision: 'take' | 'skip';
  reason: string | null;
}
export const Decided = Joi.object<Decided>({
  lines: Joi.array().items(Joi.number().integer().min(1)).min(1).max(100).unique(),
  outcome: Joi.string().valid(...decidable),
  decision: Joi.string().valid('take', 'skip').required(),
  reason: text(500)
    .min(3)
    .allow(null)
    .default(null)
    .when('decision', { is: 'take', then: text(500).min(3).required() }),
}).xor('lines', 'outcome');

export interface Take {
  /** A file with broken lines is taken only so. */
  goodLinesOnly: boolean;
}
export const Take = Joi.object<Take, true>({ goodLinesOnly: Joi.boolean().default(false) });

const Counts = z.strictObject({
  lines: z.int(),
  new: z.int(),
  probable: z.int(),
  certain: z.int(),
  inFile: z.int(),
  taken: z.int(),
  broken: z.int(),
  imported: z.int(),
  /** Would be registered now. */
  toTake: z.int(),
  /** Wait for somebody's decision. */
  undecided: z.int(),
});
export type Counts = z.infer<typeof Counts>;

const head = {
  id: z.uuid(),
  name: z.string(),
  status: z.enum(statuses),
  lines: z.int(),
  /** Of the lines, in what is going on. */
  done: z.int(),
  note: z.enum(['changed', 'failed', 'not-allowed']).nullable(),
  createdAt: Instant,
  createdBy: z.string().nullable(),
  takenAt: Instant.nullable(),
  /** Not after this it is still there. */
  goesAt: Instant,
  version: z.int(),
};
export const ImportHead = z.strictObject(head).meta({ id: 'ImportHead' });
export type ImportHead = z.infer<typeof ImportHead>;

export const PatientImport = z
  .strictObject({
    ...head,
    encoding: z.enum(['utf-8', 'windows-1252']),
    delimiter: z.string(),
    columns: z.array(
      z.strictObject({
        heading: z.string(),
        /** Empty: it is left out. */
        meaning: z.string(),
        /** Nobody has said what it means and its heading does not say it. */
        isUnknown: z.boolean(),
        /** Of the first line that has something there. */
        example: z.string().nullable(),
      }),
    ),
    dateOrder: z.enum(dateOrders).nullable(),
    /** Days are written so that somebody must say whether the day or the month comes first. */
    needsDateOrder: z.boolean(),
    /** Null until all lines were looked at. */
    counts: Counts.nullable(),
  })
  .meta({ id: 'PatientImport' });
export type PatientImport = z.infer<typeof PatientImport>;

export const ImportLine = z
  .strictObject({
    number: z.int(),
    fields: z.array(z.string()),
    outcome: z.enum(outcomes),
    problems: z.array(LineProblem),
    /** The earlier line of the file that says the same, or is of somebody with the same name and birth date. */
    sameAs: z.int().nullable(),
    familyName: z.string().nullable(),
    givenName: z.string().nullable(),
    birthDate: z.string().nullable(),
    gender: z.string().nullable(),
    /** The likeliest of those who are here already, for who may read patients. */
    candidate: Candidate.pick({
      id: true, recordNumber: true, familyName: true, givenName: true, birthDate: true, score: true, grade: true,
    }).meta({ id: 'ImportCandidate' }).nullable(),
    decision: z.enum(['take', 'skip']).nullable(),
    reason: z.string().nullable(),
    willTake: z.boolean(),
    /** Who came of it, or of the same line before. */
    patientId: z.uuid().nullable(),
  })
  .meta({ id: 'ImportLine' }); // prettier-ignore
export type ImportLine = z.infer<typeof ImportLine>;
