import { definePlugin } from '../../core/plugin.ts';
import { demoPatients } from './demo/index.ts';
import { scanDuplicates } from './duplicates/jobs.ts';
import { lookForDuplicates } from './duplicates/events.ts';
import { duplicateRoutes } from './duplicates/routes.ts';
import { mergeRoutes } from './merge/routes.ts';
import { patientNames } from '../auth/api.ts';
import { arrivalRoutes } from './arrivals/routes.ts';
import { consent } from './consents/fhir.ts';
import { consentRoutes } from './consents/routes.ts';
import { relatedPerson } from './contacts/fhir.ts';
import { contactRoutes } from './contacts/routes.ts';
import { patient } from './fhir.ts';
import { importJobs } from './import/jobs/index.ts';
import { importRoutes } from './import/routes.ts';
import { identifierRoutes } from './identifiers/routes.ts';
import { person } from './person.ts';
import { photoRoutes } from './photo/routes.ts';
import { namesOf } from './queries.ts';
import { printRoutes } from './print/routes.ts';
import { protectionRoutes } from './protection/routes.ts';
import { routes } from './routes.ts';

export default definePlugin({
  name: 'patients',
  title: 'patients_title',
  dependencies: ['facility'],
  permissions: {
    'patient:read': 'permission_patient_read',
    'patient:write': 'permission_patient_write',
    'patient:print': 'permission_patient_print',
    'patient:merge': 'permission_patient_merge',
    'patient:import': 'permission_patient_import',
    'label:write': 'permission_label_write',
    'glass:break': 'permission_glass_break',
    'identifier-type:write': 'permission_identifier_type_write',
  },
  roles: {
    receptionist: ['patient:read', 'patient:write', 'patient:print', 'patient:import'],
    nurse: ['patient:read', 'patient:print', 'glass:break'],
    doctor: ['patient:read', 'patient:write', 'patient:print', 'label:write', 'glass:break'],
    pharmacist: ['patient:read'],
    cashier: ['patient:read'],
    labtech: ['patient:read'],
    admin: ['patient:read', 'patient:merge', 'patient:import', 'label:write', 'identifier-type:write'],
  },
  refusals: {
    patient_here_already: [409, 'refusal_patient_here_already'],
    patient_record_number_unique: [409, 'refusal_already_there'],
    patient_deceased: [422, 'refusal_patient_deceased'],
    deceased_in_future: [422, 'refusal_deceased_in_future'],
    deceased_before_birth: [422, 'refusal_deceased_before_birth'],
    newborn_in_future: [422, 'refusal_newborn_in_future'],
    identifier_type_system_unique: [409, 'refusal_identifier_type_system_unique'],
    identifier_type_unknown: [422, 'refusal_identifier_type_unknown'],
    identifier_system_stays: [422, 'refusal_identifier_system_stays'],
    identifier_pattern: [422, 'refusal_identifier_pattern'],
    label_needs_clearance: [422, 'refusal_label_needs_clearance'],
    record_number_of_house: [422, 'refusal_record_number_of_house'],
    identifier_check_digit: [422, 'refusal_identifier_check_digit'],
    identifier_of_one_patient: [409, 'refusal_identifier_of_one_patient'],
    identifier_ends_after_start: [422, 'refusal_days_end_before_start'],
    contact_ends_after_start: [422, 'refusal_days_end_before_start'],
    contact_not_themselves: [422, 'refusal_contact_not_themselves'],
    contact_unknown: [422, 'refusal_contact_unknown'],
    consent_in_future: [422, 'refusal_consent_in_future'],
    consent_not_given: [422, 'refusal_consent_not_given'],
    photo_too_large: [422, 'refusal_photo_too_large'],
    photo_unreadable: [422, 'refusal_photo_unreadable'],
    patient_merged: [409, 'refusal_patient_merged'],
    merge_with_itself: [409, 'refusal_merge_with_itself'],
    merge_already: [409, 'refusal_merge_already'],
    merge_open_visits: [409, 'refusal_merge_open_visits'],
    merge_open_stays: [409, 'refusal_merge_open_stays'],
    merge_two_beds: [409, 'refusal_merge_two_beds'],
    merge_same_time: [409, 'refusal_merge_same_time'],
    merge_coverages: [409, 'refusal_merge_coverages'],
    merge_clash: [409, 'refusal_merge_clash'],
    unmerge_not_merged: [409, 'refusal_unmerge_not_merged'],
    unmerge_survivor_merged: [409, 'refusal_unmerge_survivor_merged'],
    unmerge_moved_on: [409, 'refusal_unmerge_moved_on'],
    unmerge_mixed: [409, 'refusal_unmerge_mixed'],
    not_same_already: [409, 'refusal_not_same_already'],
    import_too_large: [413, 'refusal_import_too_large'],
    import_empty: [422, 'refusal_import_empty'],
    import_not_csv: [422, 'refusal_import_not_csv'],
    import_no_header: [422, 'refusal_import_no_header'],
    import_heading_twice: [422, 'refusal_import_heading_twice'],
    import_too_many_columns: [422, 'refusal_import_too_many_columns'],
    import_too_many_lines: [422, 'refusal_import_too_many_lines'],
    import_quote_open: [422, 'refusal_import_quote_open'],
    import_columns_differ: [422, 'refusal_import_columns_differ'],
    import_column_missing: [422, 'refusal_import_column_missing'],
    import_column_twice: [422, 'refusal_import_column_twice'],
    import_date_order: [422, 'refusal_import_date_order'],
    import_not_now: [409, 'refusal_import_not_now'],
    import_nothing_to_decide: [422, 'refusal_import_nothing_to_decide'],
    import_broken_lines: [422, 'refusal_import_broken_lines'],
    import_undecided: [422, 'refusal_import_undecided'],
    import_nothing: [422, 'refusal_import_nothing'],
    glass_nobody: [404, 'refusal_glass_nobody'],
    glass_several: [409, 'refusal_glass_several'],
    glass_needless: [409, 'refusal_glass_needless'],
    glass_decided: [409, 'refusal_glass_decided'],
    review_by_another: [403, 'refusal_review_by_another'],
  },
  routes: [
    ...routes,
    ...identifierRoutes,
    ...contactRoutes,
    ...consentRoutes,
    ...photoRoutes,
    ...arrivalRoutes,
    ...printRoutes,
    ...duplicateRoutes,
    ...mergeRoutes,
    ...importRoutes,
    ...protectionRoutes,
  ],
  fhir: [patient, relatedPerson, consent],
  record: { person },
  offers: { [patientNames]: namesOf },
  on: {
    'patients.patient-registered': lookForDuplicates,
    'patients.patient-amended': lookForDuplicates,
    'patients.unmerged': lookForDuplicates,
  },
  jobs: { 'patients.find-duplicates': { every: 60_000, run: scanDuplicates }, ...importJobs },
  demo: demoPatients,
  navigation: [
    {
      id: 'import',
      title: 'nav_import',
      path: '/patients/import',
      icon: 'upload',
      permission: 'patient:import',
      needs: ['patient:read'],
      group: 'nav_group_house',
      order: 81.5,
    },
    {
      id: 'duplicates',
      title: 'nav_duplicates',
      path: '/duplicates',
      icon: 'users',
      permission: 'patient:merge',
      needs: ['patient:read'],
      group: 'nav_group_house',
      order: 82,
    },
    {
      id: 'break-glass',
      title: 'nav_break_glass',
      path: '/break-glass',
      icon: 'shield-alert',
      permission: 'access:review',
      group: 'nav_group_house',
      order: 83,
    },
    {
      id: 'identifier-types',
      title: 'nav_identifier_types',
      path: '/identifier-types',
      icon: 'badge-check',
      permission: 'identifier-type:write',
      needs: ['patient:read'],
      group: 'nav_group_house',
      order: 84,
    },
  ],
});
