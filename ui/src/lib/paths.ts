/** What may be asked at which path, and what comes back: read from the generated tables, for everybody who speaks HTTP to the server. */
import type { Answers, Payloads } from '../../../generated/api/types.ts';

export type Method = keyof Answers;
/** `/api/patients/{id}` with something in it: `/api/patients/${string}`. */
type Filled<Path> = Path extends `${infer Start}{${string}}${infer Rest}` ? `${Start}${string}${Filled<Rest>}` : Path;
/** Of the routes in a table, what stands at the one that this path fills in. */
type At<Table, Path> = Path extends string
  ? { [Route in keyof Table]: [Filled<Route>, Path] extends [Path, Filled<Route>] ? Table[Route] : never }[keyof Table]
  : never;

export type PathOf<M extends Method> = Filled<keyof Answers[M]> & string;
export type AnswerOf<M extends Method, Path> = At<Answers[M], Path>;
/** The path itself, when there is such a route: `/api/patients/${string}` alone would let anything through behind it. */
export type Known<M extends Method, Path> = [AnswerOf<M, Path>] extends [never] ? never : Path;
export type PayloadOf<M extends keyof Payloads, Path> = [At<Payloads[M], Path>] extends [never]
  ? object
  : At<Payloads[M], Path>;
