import { sql, type Fragment } from '../../core/database.ts';
import { patientSummaryJson } from '../patients/api.ts';

// Shapes built by PostgreSQL. Aliases are fixed: r result, t test, s specimen, q service_request, o ehr.observation.

/** What a verified result said before, newest first. */
export const correctionsJson = sql.fragment`(
  select coalesce(json_agg(json_build_object('value', coalesce(c.value::text, c.value_text), 'unit', c.unit, 'interpretation', c.interpretation, 'reason', c.reason,
    'at', core.json_time(c.at)) order by c.number desc), '[]')
  from laboratory.correction c
  where c.result_id = r.id
)`;

const nameOf = (column: Fragment): Fragment =>
  sql.fragment`(select p.display_name from facility.practitioner p where p.id = ${column})`;

/** For those who treat: a value appears when it is verified. */
export const labResultJson = sql.fragment`json_build_object(
  'id', r.id, 'version', r.version, 'testId', t.id, 'code', t.loinc, 'display', t.display, 'names', t.names, 'status', r.status,
  'value', case when r.status = 'verified' then coalesce(r.value::text, r.value_text) end, 'unit', t.unit,
  'interpretation', case when r.status = 'verified' then r.interpretation end, 'low', r.low::text, 'high', r.high::text,
  'comment', case when r.status = 'verified' then r.comment end, 'verifiedAt', core.json_time(coalesce(r.corrected_at, r.verified_at)),
  'corrections', ${correctionsJson}, 'releasedAt', core.json_time(r.released_at), 'withheldReason', r.withheld_reason, 'release', t.release,
  'observationId', r.observation_id, 'accession', s.accession, 'step', s.step, 'sentTo', r.sent_to, 'acknowledgedAt', core.json_time(r.acknowledged_at), 'sentFlag', r.sent_flag
)`;

/** Of what was ordered, in the other languages. */
const requestNames = sql.fragment`coalesce(
  (select thing.names from laboratory.panel thing where thing.id = q.panel_id), (select thing.names from laboratory.test thing where thing.id = q.test_id), '{}')`;

const requestJson = sql.fragment`json_build_object(
  'id', q.id, 'version', q.version, 'status', q.status, 'display', q.display, 'names', ${requestNames}, 'code', q.code, 'isPanel', q.panel_id is not null,
  'statusReason', q.status_reason, 'againReason', q.again_reason, 'reportStatus', d.status,
  'results', (
    select coalesce(json_agg(${labResultJson} order by t.position), '[]')
    from laboratory.result r
    join laboratory.test t on t.id = r.test_id
    join laboratory.specimen s on s.id = r.specimen_id
    where r.service_request_id = q.id
  )
)`;

/** `head` is one row of the requisition: what all its requests have in common. */
export const orderJson = sql.fragment`json_build_object(
  'id', head.requisition_id, 'patientId', head.patient_id, 'encounterId', head.encounter_id, 'priority', head.priority, 'reason', head.reason,
  'requesterName', coalesce(${nameOf(sql.fragment`head.requester_id`)}, head.requester_name), 'responsibleName', ${nameOf(sql.fragment`head.responsible_id`)},
  'orderedAt', core.json_time(head.authored_at),
  'requests', (
    select json_agg(${requestJson} order by q.id)
    from laboratory.service_request q
    join laboratory.diagnostic_report d on d.service_request_id = q.id and d.ours
    where q.requisition_id = head.requisition_id
  ),
  'specimens', (
    select coalesce(json_agg(json_build_object('id', s.id, 'version', s.version, 'accession', s.accession, 'step', s.step, 'container', c.display) order by s.id), '[]')
    from laboratory.specimen s
    left join laboratory.container c on c.code = s.container_code
    where s.requisition_id = head.requisition_id
  )
)`;

const benchResultJson = sql.fragment`json_build_object(
  'id', r.id, 'version', r.version, 'status', r.status, 'requestId', q.id, 'requestDisplay', q.display, 'requestNames', ${requestNames}, 'code', t.loinc, 'display', t.display,
  'names', t.names, 'kind', t.kind,
  'unit', t.unit, 'decimals', t.decimals, 'lowest', t.lowest::text, 'highest', t.highest::text, 'options', t.options,
  'low', range.low::text, 'high', range.high::text, 'criticalLow', range.critical_low::text, 'criticalHigh', range.critical_high::text,
  'value', coalesce(r.value::text, r.value_text), 'valueCode', r.value_code, 'interpretation', r.interpretation, 'comment', r.comment,
  'corrections', ${correctionsJson}, 'deltaPercent', t.delta_percent, 'sentTo', r.sent_to, 'previous', (
    select json_build_object('value', coalesce(o.value::text, o.value_text), 'at', core.json_time(o.effective_at))
    from ehr.observation o
    where o.patient_id = r.patient_id and o.category = 'laboratory' and o.code = t.loinc and o.unit is not distinct from t.unit and o.status in ('final', 'amended', 'corrected')
      and o.id is distinct from r.observation_id and o.effective_at is not null and coalesce(o.value::text, o.value_text) is not null
    order by o.observed_at desc, o.id desc
    limit 1
  )
)`;

/** A specimen with its patient and what is to be measured in it; what was cancelled is left out. */
export const specimenJson = sql.fragment`json_build_object(
  'id', s.id, 'version', s.version, 'accession', s.accession, 'step', s.step, 'priority', s.priority,
  'container', json_build_object('code', c.code, 'display', c.display, 'names', c.names, 'colour', c.colour, 'specimen', c.specimen_display,
    'specimenNames', c.specimen_names),
  'patient', (select ${patientSummaryJson('p')} from patients.patient p where p.id = s.patient_id), 'encounterId', s.encounter_id,
  'departmentName', (select dep.name from ehr.encounter e join facility.organization dep on dep.id = e.department_id where e.id = s.encounter_id),
  'requesterName', head.requester_name, 'reason', head.reason, 'orderedAt', core.json_time(head.authored_at),
  'collectedAt', core.json_time(s.collected_at), 'collectorName', s.collector_name, 'receivedAt', core.json_time(s.received_at),
  'rejectedAt', core.json_time(s.rejected_at), 'rejection', s.rejection, 'rejectionNote', s.rejection_note,
  'replacesAccession', (select old.accession from laboratory.specimen old where old.id = s.replaces_id),
  'waitingSince', core.json_time(coalesce(s.received_at, s.collected_at, s.created_at)),
  'results', (
    select coalesce(json_agg(${benchResultJson} order by q.id, t.position), '[]')
    from laboratory.result r
    join laboratory.test t on t.id = r.test_id
    join laboratory.service_request q on q.id = r.service_request_id
    cross join lateral laboratory.range_of(r.test_id, r.patient_id, coalesce(s.collected_at, core.now())) range
    where r.specimen_id = s.id and r.status <> 'cancelled'
  )
)`;
/** What `specimenJson` reads from. */
export const specimenFrom = sql.fragment`laboratory.specimen s
  join laboratory.container c on c.code = s.container_code
  cross join lateral (
    select coalesce(pr.display_name, q.requester_name) as requester_name, q.reason, q.authored_at
    from laboratory.service_request q
    left join facility.practitioner pr on pr.id = q.requester_id
    where q.requisition_id = s.requisition_id
    order by q.id
    limit 1
  ) head`;

/** `k` is laboratory.critical_result; `me` the asking practitioner's id or null. */
export const criticalJson = (me: string | null): Fragment => sql.fragment`json_build_object(
  'id', k.id, 'version', k.version, 'patient', (select ${patientSummaryJson('p')} from patients.patient p where p.id = k.patient_id), 'encounterId', k.encounter_id,
  'display', t.display, 'names', t.names, 'value', k.value, 'unit', k.unit, 'interpretation', k.interpretation, 'low', r.low::text, 'high', r.high::text,
  'ownerId', k.owner_id, 'ownerName', ${nameOf(sql.fragment`k.owner_id`)},
  'departmentName', (select dep.name from facility.organization dep where dep.id = k.department_id), 'mine', coalesce(k.owner_id = ${me}::uuid, false),
  'raisedAt', core.json_time(k.raised_at), 'dueAt', core.json_time(k.due_at), 'escalatedAt', core.json_time(k.escalated_at),
  'acknowledgedAt', core.json_time(k.acknowledged_at), 'acknowledgedByName', ${nameOf(sql.fragment`k.acknowledged_by`)}, 'channel', k.channel,
  'readBack', k.read_back, 'note', k.note
)`;

/** A laboratory observation of the chart, whoever measured it; ours (r, t, q) with what the bench knows about it. */
export const chartResultJson = sql.fragment`json_build_object(
  'id', o.id, 'resultId', r.id, 'version', r.version, 'status', o.status, 'code', o.code, 'display', coalesce(t.display, o.display), 'names', coalesce(t.names, '{}'),
  'value', coalesce(o.value::text, o.value_text), 'unit', o.unit, 'interpretation', o.interpretation, 'low', r.low::text, 'high', r.high::text,
  'effectiveAt', core.json_time(o.effective_at), 'encounterId', o.encounter_id, 'panel', case when q.panel_id is not null then q.display end,
  'panelNames', case when q.panel_id is not null then ${requestNames} else '{}' end, 'comment', r.comment,
  'corrections', ${correctionsJson}, 'releasedAt', core.json_time(r.released_at), 'withheldReason', r.withheld_reason, 'release', t.release
)`;
export const chartFrom = sql.fragment`ehr.observation o
  left join laboratory.result r on r.observation_id = o.id
  left join laboratory.test t on t.id = r.test_id
  left join laboratory.service_request q on q.id = r.service_request_id`;
/** What was withdrawn stays to be seen as that; what another system entered in error does not. */
export const inChart = sql.fragment`o.category = 'laboratory' and (o.status <> 'entered-in-error' or r.id is not null)`;
