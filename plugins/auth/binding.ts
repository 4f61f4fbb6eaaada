import type { Db } from '../../core/database.ts';
import type { Hms } from '../../core/hms.ts';
import { offered } from '../../core/plugin.ts';

/** The place where a plugin says whose record somebody sees who sees nothing else. */
export const bindSessionPlace = 'auth.bind-session';

export interface BindSession {
  /** The patient with whom a sign-in begins, or null: there is none. */
  choose: (db: Db, userId: string) => Promise<string | null>;
  /** Whether the account may still see this patient. */
  holds: (db: Db, userId: string, patientId: string) => Promise<boolean>;
}

const binders = (hms: Hms): BindSession[] => offered<BindSession>(hms.plugins, bindSessionPlace);

/** Whether those get in who see nothing but a record. */
export const bindsPatients = (hms: Hms): boolean => binders(hms).length > 0;

/** For those who see nothing but one record: whose it is at the start. Where no plugin says so, they do not get in. */
export const chooseBinding = async (hms: Hms, db: Db, userId: string): Promise<string | null> => {
  for (const { choose } of binders(hms)) {
    const patientId = await choose(db, userId);
    if (patientId !== null) return patientId;
  }
  return null;
};

/** A session is bound if and only if its user sees nothing but the record that it is bound to, and that still holds. */
export const bindingHolds = async (
  hms: Hms,
  db: Db,
  { id, patientOnly }: { id: string; patientOnly: boolean },
  boundTo: string | null,
): Promise<boolean> => {
  if (boundTo === null) return !patientOnly;
  if (!patientOnly) return false;
  for (const { holds } of binders(hms)) if (await holds(db, id, boundTo)) return true;
  return false;
};
