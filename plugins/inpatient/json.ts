import { sql, type Fragment } from '../../core/database.ts';
import { patientSummaryJson } from '../patients/api.ts';

// Shapes built by PostgreSQL. Aliases are fixed: s stay, b bed, w ward, k bed_stay.

const nameOf = (column: Fragment): Fragment =>
  sql.fragment`(select p.display_name from facility.practitioner p where p.id = ${column})`;
export const placeName = (column: Fragment): Fragment =>
  sql.fragment`(select l.name from facility.location l where l.id = ${column})`;
/** The room that a bed is part of; a bed straight in its ward has none. */
const roomOf = (bed: Fragment): Fragment => sql.fragment`(
  select r.name from facility.location l join facility.location r on r.id = l.parent_id and r.kind = 'room' where l.id = ${bed}
)`;

const place = sql.fragment`
  'bedId', k.bed_id, 'bedName', ${placeName(sql.fragment`k.bed_id`)}, 'roomName', ${roomOf(sql.fragment`k.bed_id`)}, 'wardId', k.ward_id,
  'wardName', ${placeName(sql.fragment`k.ward_id`)}, 'since', core.json_time(lower(k.during))
`;

const pairs = sql.fragment`
  'id', s.id, 'version', s.version, 'status', s.status, 'patientId', s.patient_id, 'encounterId', s.encounter_id, 'reason', s.reason, 'source', s.source,
  'isolation', s.isolation, 'wardId', s.ward_id, 'wardName', ${placeName(sql.fragment`s.ward_id`)}, 'practitionerId', s.practitioner_id,
  'practitionerName', ${nameOf(sql.fragment`s.practitioner_id`)}, 'requesterName', ${nameOf(sql.fragment`s.requester_id`)},
  'requestedAt', core.json_time(s.requested_at), 'admittedAt', core.json_time(s.admitted_at), 'plannedDischargeOn', s.planned_discharge_on,
  'dischargeOrderedAt', core.json_time(s.discharge_ordered_at), 'clearedAt', core.json_time(s.cleared_at), 'dischargedAt', core.json_time(s.discharged_at),
  'disposition', s.disposition, 'cancelReason', s.cancel_reason,
  'bed', (select json_build_object(${place}) from inpatient.bed_stay k where k.stay_id = s.id and k.status = 'active'),
  'reserved', (select json_build_object(${place}) from inpatient.bed_stay k where k.stay_id = s.id and k.status = 'reserved'),
  'moves', (
    select coalesce(json_agg(json_build_object(${place}, 'until', core.json_time(upper(k.during))) order by lower(k.during)), '[]')
    from inpatient.bed_stay k where k.stay_id = s.id and k.status in ('active', 'completed')
  )
`;
/** Under its patient. */
export const stayOfRecordJson = sql.fragment`json_build_object(${pairs})`;
export const stayJson = sql.fragment`json_build_object(${pairs}, 'patient', (select ${patientSummaryJson('p')} from patients.patient p where p.id = s.patient_id))`;

/** Whoever has the bed `b` now; `visible` says whether that patient may be seen. */
export const bedJson = (visible: Fragment): Fragment => sql.fragment`(
  select json_build_object(
    'id', b.id, 'version', b.version, 'name', ${placeName(sql.fragment`b.id`)}, 'roomName', ${roomOf(sql.fragment`b.id`)}, 'wardId', b.ward_id,
    'state', case when k.status = 'active' then 'O' else b.state end, 'reason', b.reason, 'since', core.json_time(coalesce(lower(k.during), b.since)),
    'reserved', k.status is not distinct from 'reserved', 'stay', case when s.id is not null then ${stayJson} end
  )
  from (select) one
  left join inpatient.bed_stay k on k.bed_id = b.id and k.status in ('active', 'reserved')
  left join inpatient.stay s on s.id = k.stay_id and ${visible}
)`;

/** The code of table 0116 for the bed of an isolated patient is I. */
export const operationalStatus = (bed: Fragment): Fragment => sql.fragment`(
  select case when k.status = 'active' then case when s.isolation is null then 'O' else 'I' end else b.state end
  from inpatient.bed b
  left join inpatient.bed_stay k on k.bed_id = b.id and k.status = 'active'
  left join inpatient.stay s on s.id = k.stay_id
  where b.id = ${bed}
)`;
