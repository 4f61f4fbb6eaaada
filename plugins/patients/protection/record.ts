import { sql } from '../../../core/database.ts';
import type { RecordSection } from '../../../core/plugin.ts';
import { Protection } from './model.ts';
import { protectionJson } from './queries.ts';

/** Whoever has the record open sees what protects it, and how long they have it. */
export const protection: RecordSection = {
  permission: 'patient:read',
  response: Protection,
  query: (db, { patientId }) => sql.fragment`select ${protectionJson(db, patientId)}`,
};
