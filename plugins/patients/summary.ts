import { sql, type Fragment } from '../../core/database.ts';

/** A PatientSummary as JSON for lists of other plugins; `alias` is the query's name for patients.patient. */
export const patientSummaryJson = (alias: string): Fragment => {
  const column = (name: string) => sql.identifier([alias, name]);
  return sql.fragment`json_build_object(
    'id', ${column('id')}, 'recordNumber', ${column('record_number')}, 'familyName', ${column('family_name')}, 'givenName', ${column('given_name')},
    'nameKind', ${column('name_kind')}, 'prefix', ${column('prefix')}, 'gender', ${column('gender')}, 'birthDate', ${column('birth_date')},
    'birthPrecision', ${column('birth_precision')}, 'deceasedAt', core.json_time(${column('deceased_at')}), 'deceasedPrecision', ${column('deceased_precision')},
    'phone', ${column('phone')}, 'city', ${column('city')}
  )`;
};
