import type * as fhir from 'fhir/r4.js';
import type { ZodType } from 'zod';
import type { Db, Fragment } from '../core/database.ts';
import type { At, Result } from './at.ts';
import type { Operation } from './operation.ts';
import type { Refs } from './refs.ts';
import type { SearchParameter, See } from './search/parameter.ts';

export type { fhir };
export type { Refs } from './refs.ts';
export { decimal } from './json.ts';
export { partOf, type Part } from './parts.ts';
export { anyOf } from './search/parameter.ts';
export { child } from './search/child.ts';
export { date } from './search/date.ts';
export { number } from './search/number.ts';
export { reference } from './search/reference.ts';
export { string } from './search/string.ts';
export { token } from './search/token.ts';
export { uri } from './search/uri.ts';

export type ResourceType = fhir.FhirResource['resourceType'];
type Of<T extends ResourceType> = Extract<fhir.FhirResource, { resourceType: T }>;

/**
 * The rows of a child table. For the current state that is the table itself; for an old version it is what history kept,
 * so `columns` that reach children through this show each version with the children it had.
 */
export type ChildRows = (table: string) => Fragment;

/** http://hl7.org/fhir/R4/valueset-match-grade.html; the score is between 0 and 1. */
export interface Match {
  id: string;
  score: number;
  grade: 'certain' | 'probable' | 'possible' | 'certainly-not';
}

/**
 * A FHIR type over a table of the plugin. Two pure functions and a table of what may be asked; reading, searching, versions,
 * bundles, audit and whatever the columns have no place for (`fhir_extra`) are the machinery's.
 *
 * The table has `id uuid`, `fhir_extra jsonb` and `core.keep_history(…)`; with patient data also `patient_id`.
 */
export interface Resource<
  T extends ResourceType = ResourceType,
  Row extends { id: string } = { id: string },
  Input = unknown,
> {
  readonly type: T;
  /** Qualified: 'scheduling.appointment'. In all fragments its alias is `it`. */
  readonly table: string;
  /** The column with the patient ('patient_id'; 'id' of a Patient), or null: no patient data. */
  readonly patient: string | null;
  readonly permission: { readonly read: string; readonly write: string };
  /** Which rows of the table are of this type, when not all are: sql.fragment`it.kind = 'bed'`. */
  readonly where?: Fragment;
  /** A row as `columns` select it, id included. version, updatedAt and fhirExtra are the machinery's and not in it. */
  readonly row: ZodType<Row>;
  /**
   * Select list with alias `it`: sql.fragment`it.id, it.patient_id, it.status`. Children as JSON aggregates; where they are
   * children of keep_history, take their rows from the argument, so that old versions show their own:
   * (rows) => sql.fragment`it.id, (select json_agg(…) from ${rows('ehr.component')} c where c.observation_id = it.id) as components`.
   */
  readonly columns: Fragment | ((rows: ChildRows, see: See) => Fragment);
  /** By R4's name of the parameter. `_id`, `_lastUpdated` and `identifier` (of whatever came in by FHIR) are there for every type. */
  readonly search: Readonly<Record<string, SearchParameter>>;
  /** Pure. `id` and `meta` are added. Elements without a value: leave out or undefined. Decimals: `decimal(row.value)`. */
  toFhir(row: Row): Of<T>;
  /**
   * Pure. The resource has been checked (structure, primitives, cardinality), its references are `Type/id` and looked up:
   * refs.id(resource.subject, 'Patient', 'subject') refuses, refs.find(resource.encounter, 'Encounter') gives null, when
   * nothing here is meant. What has no column needs no care: whatever toFhir does not give back as sent is kept.
   */
  fromFhir?(resource: Of<T>, refs: Refs): Input;
  /** The plugin's own action with the id given. Not there: 405. Its refusals become an OperationOutcome. */
  create?(tx: Db, input: Input, options: { id: string }): Promise<unknown>;
  /** The same for many at once, where one statement does it: bundles bring hundreds. */
  createMany?(tx: Db, made: readonly { id: string; input: Input }[]): Promise<unknown>;
  /** `where id and version` in the statement itself. Null or undefined rows updated need not be told: the machinery holds the row. */
  update?(tx: Db, id: string, version: number, input: Input): Promise<unknown>;
  /** Deletes the row, or marks it; the first answers 410 afterwards. Not there: 405. */
  remove?(tx: Db, id: string, version: number): Promise<unknown>;
  /** For the 405 of a type without `remove`: which status takes a row back, 'entered-in-error'. */
  readonly instead?: string;
  /** What stands in no table but is read as if (a computed Slot): those of these ids that there are. */
  readonly computed?: (db: Db, ids: readonly string[]) => Promise<readonly Of<T>[]>;
  /** Operation `$match`: who of those the asker may see this is likely to be, best first, `limit` at most. */
  match?(db: Db, sent: Of<T>, input: Input, limit: number): Promise<readonly Match[]>;
  /** What it can be asked for beside R4's interactions. */
  readonly operations?: readonly Operation[];
  /** Answers a search by itself; null leaves it to the machinery and `search`. */
  readonly find?: (at: At, asked: readonly (readonly [name: string, value: string])[]) => Promise<Result | null>;
}

/** A resource as the machinery holds it, whatever its row and input are. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyResource = Resource<any, any, any> & {
  /** Kept as one text: nothing can be left over. Only for types without a plugin. */
  readonly whole?: true;
  /** Its plugin is switched off: an import may write it, nobody is served it. */
  readonly unserved?: boolean;
};

/** Checks at load what the compiler cannot, and forgets the types of row and input. */
export const defineResource = <const T extends ResourceType, Row extends { id: string }, Input = never>(
  resource: Resource<T, Row, Input>,
): Resource<T, Row, Input> => {
  if (!/^[a-z_]+\.[a-z_]+$/.test(resource.table))
    throw new Error(`The table of ${resource.type} is "${resource.table}", not "schema.table".`);
  if ((resource.create || resource.update) && !resource.fromFhir)
    throw new Error(`${resource.type} can be written but has no fromFhir.`);
  return resource;
};
