import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { isRight } from './check-digits.ts';
import type {
  Identifier,
  IdentifierColumns,
  IdentifierType,
  LikeIdentifier,
  NewIdentifier,
  NewIdentifierType,
} from './model.ts';
import * as q from './queries.ts';

/** @throws refusal identifier_type_system_unique */
export const addType = async (tx: Db, wanted: NewIdentifierType): Promise<IdentifierType> => {
  const type = await q.insertType(tx, wanted);
  if (type === null) throw refuse('identifier_type_system_unique', { field: 'system' });
  return type;
};

/** @throws refusals not_found, version_stale, identifier_system_stays */
export const changeType = async (
  tx: Db,
  id: string,
  version: number,
  wanted: NewIdentifierType,
): Promise<IdentifierType> => {
  const before = await q.getType(tx, id);
  if (before.system !== wanted.system) throw refuse('identifier_system_stays', { field: 'system' });
  const type = await q.updateType(tx, id, version, wanted);
  if (type === null) throw refuse('version_stale', { version: before.version });
  return type;
};

/** What its type does not let through; null: it is as it should be. */
export const faultOf = (
  type: Pick<IdentifierType, 'pattern' | 'checkDigit'>,
  value: string,
): 'identifier-pattern' | 'identifier-check-digit' | null => {
  const number = value.toUpperCase().replace(/[\s./-]/g, '');
  const fits = (text: string) => new RegExp(`^(?:${type.pattern ?? '.*'})$`, 'u').test(text);
  if (type.pattern !== null && !fits(value) && !fits(number)) return 'identifier-pattern';
  return isRight(type.checkDigit, number) ? null : 'identifier-check-digit';
};

/** As its type asks for. `at`: where the number stands in what was sent. @throws refusals identifier_pattern, identifier_check_digit */
const hold = (type: Pick<IdentifierType, 'pattern' | 'checkDigit'>, value: string, at: string): void => {
  const fault = faultOf(type, value);
  if (fault !== null) throw refuse(fault.replaceAll('-', '_'), { field: at });
};

const checked = async (tx: Db, it: NewIdentifier, at: string): Promise<IdentifierColumns> => {
  const type = (await q.listTypes(tx)).find(({ id }) => id === it.typeId);
  if (!type) throw refuse('identifier_type_unknown', { field: at.replace(/value$/, 'typeId') });
  if (it.startsOn !== null && it.endsOn !== null && it.endsOn < it.startsOn)
    throw refuse('identifier_ends_after_start', { field: at.replace(/value$/, 'endsOn') });
  hold(type, it.value, at);
  const { value, use, startsOn, endsOn } = it;
  return { code: type.code, system: type.system, value, use, startsOn, endsOn };
};

/** Of somebody who is looked for. @throws refusal identifier_type_unknown */
export const knowTypes = async (db: Db, identifiers: readonly LikeIdentifier[]): Promise<void> => {
  if (identifiers.length === 0) return;
  const known = new Set((await q.listTypes(db)).map(({ id }) => id));
  const unknown = identifiers.findIndex(({ typeId }) => typeId !== undefined && !known.has(typeId));
  if (unknown !== -1) throw refuse('identifier_type_unknown', { field: `identifiers.${unknown}.typeId` });
};

/** `at` names the field in a refusal. @throws refusals identifier_type_unknown, identifier_pattern, identifier_check_digit, identifier_of_one_patient */
export const addIdentifier = async (
  tx: Db,
  patientId: string,
  wanted: NewIdentifier,
  at = 'value',
): Promise<string> => {
  const id = await q.insertIdentifier(tx, patientId, await checked(tx, wanted, at));
  if (id === null) throw refuse('identifier_of_one_patient', { field: at });
  return id;
};

/** @throws as addIdentifier; not_found, version_stale */
export const changeIdentifier = async (tx: Db, id: string, version: number, wanted: NewIdentifier) => {
  const before = await q.getIdentifier(tx, id);
  const it = await checked(tx, wanted, 'value');
  if (await q.isTaken(tx, it, id)) throw refuse('identifier_of_one_patient', { field: 'value' });
  if ((await q.updateIdentifier(tx, id, version, it)) === null)
    throw refuse('version_stale', { version: before.version });
  await publish(tx, 'patients.patient-amended', before.patientId);
  return q.getIdentifier(tx, id);
};

/** @throws not_found, version_stale */
export const endIdentifier = async (tx: Db, id: string, version: number) => {
  const before = await q.getIdentifier(tx, id);
  if ((await q.endIdentifier(tx, id, version)) === null) throw refuse('version_stale', { version: before.version });
  await publish(tx, 'patients.patient-amended', before.patientId);
  return before;
};

/**
 * The numbers as another system says them, all of them: what is there stays, the rest comes and goes.
 * @throws refusals identifier_pattern, identifier_check_digit, identifier_of_one_patient
 */
export const takeIdentifiers = async (
  tx: Db,
  patientId: string,
  sent: readonly IdentifierColumns[],
  isNew: boolean,
) => {
  const key = (it: { system: string; value: string }) =>
    `${it.system} ${it.value.toUpperCase().replace(/[\s./-]/g, '')}`;
  const before: readonly Identifier[] = isNew ? [] : await q.listIdentifiers(tx, patientId);
  const known = new Set(before.map(key));
  const wanted = new Map(sent.map((it) => [key(it), it]));
  for (const it of before) if (!wanted.has(key(it))) await q.endIdentifier(tx, it.id, it.version);
  const added = [...wanted].filter(([it]) => !known.has(it)).map(([, it]) => it);
  if (added.length === 0) return;
  const types = await q.findTypes(
    tx,
    added.map(({ system }) => system),
  );
  for (const it of added) {
    const type = types.find(({ system }) => system === it.system);
    if (type) hold(type, it.value, 'Patient.identifier');
    const id = await q.insertIdentifier(tx, patientId, { ...it, code: type?.code ?? it.code });
    if (id === null) throw refuse('identifier_of_one_patient', { field: 'Patient.identifier' });
  }
};
