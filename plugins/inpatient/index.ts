import { definePlugin } from '../../core/plugin.ts';
import { partOf } from '../../fhir/resource.ts';
import { leadsVisitPlace, type LeadsVisit } from '../ehr/api.ts';
import { countNight } from './actions/bed-days.ts';
import { demoWards } from './demo.ts';
import { endWithVisit, withdrawWithVisit } from './events.ts';
import { encounterPart, locationPart } from './fhir.ts';
import { invariants } from './invariants.ts';
import { inHouse } from './model.ts';
import { findStayOfEncounter } from './queries/stays.ts';
import { stays } from './record.ts';
import { routes } from './routes.ts';

const leads: LeadsVisit = async (tx, encounterId) => {
  const stay = await findStayOfEncounter(tx, encounterId);
  return stay !== null && inHouse.some((status) => status === stay.status);
};

export default definePlugin({
  name: 'inpatient',
  title: 'inpatient_title',
  dependencies: ['ehr'],
  permissions: {
    'stay:read': 'permission_stay_read',
    'stay:write': 'permission_stay_write',
    'discharge:order': 'permission_discharge_order',
    'bed:write': 'permission_bed_write',
    'ward:write': 'permission_ward_write',
  },
  roles: {
    receptionist: ['stay:read', 'stay:write'],
    nurse: ['stay:read', 'stay:write', 'bed:write'],
    doctor: ['stay:read', 'stay:write', 'discharge:order', 'bed:write'],
    cashier: ['stay:read'],
    admin: ['stay:read', 'bed:write', 'ward:write'],
  },
  refusals: {
    bed_no_two_patients: [409, 'refusal_bed_no_two_patients'],
    patient_in_one_bed: [409, 'refusal_patient_in_one_bed'],
    bed_unknown: [422, 'refusal_bed_unknown'],
    bed_not_ready: [409, 'refusal_bed_not_ready'],
    bed_has_patient: [409, 'refusal_bed_has_patient'],
    bed_state_has_reason: [422, 'refusal_bed_state_has_reason'],
    bed_reserved_once_per_stay: [409, 'refusal_bed_reserved_once'],
    stay_one_open_per_patient: [409, 'refusal_stay_one_open'],
    stay_status: [409, 'refusal_stay_status'],
    stay_needs_bed: [422, 'refusal_stay_needs_bed'],
    stay_same_bed: [422, 'refusal_stay_same_bed'],
    stay_nothing_reserved: [409, 'refusal_stay_nothing_reserved'],
    stay_not_cleared: [409, 'refusal_stay_not_cleared'],
    stay_moved: [409, 'refusal_stay_moved'],
    stay_no_transfer: [409, 'refusal_stay_no_transfer'],
    stay_encounter_of_same_patient: [422, 'refusal_encounter_of_other_patient'],
  },
  routes,
  record: { stays },
  on: { 'ehr.encounter-finished': endWithVisit, 'ehr.encounter-cancelled': withdrawWithVisit },
  offers: {
    [leadsVisitPlace]: leads,
    [partOf('Encounter')]: encounterPart,
    [partOf('Location')]: locationPart,
  },
  jobs: { 'inpatient.count-bed-days': { every: 600_000, run: (db, hms) => countNight(db, hms.config.zone) } },
  demo: demoWards,
  invariants,
  navigation: [{ id: 'wards', title: 'nav_wards', path: '/wards', icon: 'bed', permission: 'stay:read', order: 58 }],
});
