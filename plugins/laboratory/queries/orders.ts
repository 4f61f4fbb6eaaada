import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { orderJson } from '../json.ts';
import { Order, type NewOrder } from '../model/orders.ts';

const Id = z.strictObject({ id: z.uuid() });
type Cursor = readonly (string | number)[] | null;

const Member = z.strictObject({ n: z.int(), testId: z.uuid(), display: z.string(), containerCode: z.string() });

/** The tests of what is wanted, `n` its place: a panel's are many, those of what is not offered none. */
export const membersOf = (db: Db, items: NewOrder['items']): Promise<readonly z.infer<typeof Member>[]> =>
  db.any(sql.type(Member)`
    select wanted.n::integer as n, t.id as test_id, t.display, t.container_code
    from jsonb_array_elements(${JSON.stringify(items)}::jsonb) with ordinality wanted (it, n)
    join laboratory.test t on t.active and (
      t.id = (wanted.it ->> 'testId')::uuid
      or t.id in (select m.test_id from laboratory.panel_test m join laboratory.panel p on p.id = m.panel_id and p.active where p.id = (wanted.it ->> 'panelId')::uuid)
    )
    order by wanted.n, t.position
  `);

interface Head extends Omit<NewOrder, 'items'> {
  requisitionId: string;
  requesterId: string | null;
  requesterName: string;
}

const Request = z.strictObject({
  id: z.uuid(),
  testId: z.uuid().nullable(),
  panelId: z.uuid().nullable(),
  code: z.string(),
});

/** One row for each thing ordered, and its report. `ids` are given where another system has named them. */
export const insertRequests = async (
  tx: Db,
  head: Head,
  items: readonly { testId?: string; panelId?: string; id?: string }[],
): Promise<readonly z.infer<typeof Request>[]> => {
  const requests = await tx.any(sql.type(Request)`
    insert into laboratory.service_request (id, requisition_id, patient_id, encounter_id, priority, test_id, panel_id, code_system, code, display, reason, again_reason,
      requester_id, requester_name, responsible_id, authored_at)
    select coalesce((w.it ->> 'id')::uuid, uuidv7()), ${head.requisitionId}, ${head.patientId}, ${head.encounterId ?? null}, ${head.priority}, t.id, p.id, 'http://loinc.org',
      coalesce(t.loinc, p.loinc), coalesce(t.display, p.display), ${head.reason ?? null}, ${head.againReason ?? null}, ${head.requesterId}, ${head.requesterName},
      coalesce(${head.responsibleId ?? null}::uuid, ${head.requesterId}::uuid, (select e.practitioner_id from ehr.encounter e where e.id = ${head.encounterId ?? null})), core.now()
    from jsonb_array_elements(${JSON.stringify(items)}::jsonb) with ordinality w (it, n)
    left join laboratory.test t on t.id = (w.it ->> 'testId')::uuid
    left join laboratory.panel p on p.id = (w.it ->> 'panelId')::uuid
    order by w.n
    returning id, test_id, panel_id, code
  `);
  await tx.query(sql.unsafe`
    insert into laboratory.diagnostic_report (service_request_id, ours, patient_id, encounter_id, category, code_system, code, display)
    select q.id, true, q.patient_id, q.encounter_id, 'LAB', q.code_system, q.code, q.display from laboratory.service_request q
    where q.requisition_id = ${head.requisitionId} and ${maySee(tx, 'q.patient_id')}
  `);
  return requests;
};

const Drawn = z.strictObject({ id: z.uuid(), containerCode: z.string() });

/** A specimen for each container, with a number of its own. */
export const insertSpecimens = (
  tx: Db,
  it: { requisitionId: string; patientId: string; encounterId?: string | undefined; priority: string },
  containers: readonly string[],
): Promise<readonly z.infer<typeof Drawn>[]> =>
  tx.any(sql.type(Drawn)`
    insert into laboratory.specimen (requisition_id, accession, patient_id, encounter_id, container_code, type_system, type_code, type_display, priority)
    select ${it.requisitionId}, laboratory.accession(nextval('laboratory.accession_seq')), ${it.patientId}, ${it.encounterId ?? null}, c.code,
      'http://terminology.hl7.org/CodeSystem/v2-0487', c.specimen_code, c.specimen_display, ${it.priority}
    from laboratory.container c
    where c.code = any(${sql.array([...containers], 'text')})
    order by c.position
    returning id, container_code
  `);

/** The tests that were taken; one that is open for the patient already is not among them. */
export const insertResults = (
  tx: Db,
  it: { patientId: string; repeated: boolean },
  rows: readonly { requestId: string; specimenId: string; testId: string }[],
): Promise<readonly string[]> =>
  tx.anyFirst(sql.type(Id)`
    insert into laboratory.result (service_request_id, specimen_id, test_id, patient_id, repeated)
    select w.request_id, w.specimen_id, w.test_id, ${it.patientId}, ${it.repeated}
    from ${sql.unnest(
      rows.map(({ requestId, specimenId, testId }) => [requestId, specimenId, testId]),
      ['uuid', 'uuid', 'uuid'],
    )} w (request_id, specimen_id, test_id)
    on conflict (patient_id, test_id) where status in ('ordered', 'entered') and not repeated do nothing
    returning test_id as id
  `);

const Open = z.strictObject({
  testId: z.uuid(),
  display: z.string(),
  orderedAt: z.string(),
  accession: z.string().nullable(),
});

/** Which of these tests are open for the patient, and since when. */
export const openTests = (
  db: Db,
  patientId: string,
  testIds: readonly string[],
): Promise<readonly z.infer<typeof Open>[]> =>
  db.any(sql.type(Open)`
    select t.id as test_id, t.display, r.created_at as ordered_at, s.accession
    from laboratory.result r
    join laboratory.test t on t.id = r.test_id
    join laboratory.specimen s on s.id = r.specimen_id
    where ${maySee(db, 'r.patient_id')} and r.patient_id = ${patientId} and r.test_id = any(${sql.array([...testIds], 'uuid')}) and r.status in ('ordered', 'entered')
    order by t.position
  `);

const headOf = sql.fragment`q.requisition_id, q.patient_id, q.encounter_id, q.priority, q.reason, q.requester_id, q.requester_name, q.responsible_id, q.authored_at`;

/** Newest first. */
export const listOrders = (
  db: Db,
  by: { patientId?: string; encounterId?: string; limit: number; after: Cursor },
): Promise<readonly Order[]> =>
  db.anyFirst(sql.type(z.strictObject({ it: Order }))`
    select ${orderJson} as it
    from (
      select distinct on (q.requisition_id) ${headOf}
      from laboratory.service_request q
      where ${sql.and([
        maySee(db, 'q.patient_id'),
        sql.fragment`q.requisition_id is not null`,
        by.patientId !== undefined && sql.fragment`q.patient_id = ${by.patientId}`,
        by.encounterId !== undefined && sql.fragment`q.encounter_id = ${by.encounterId}`,
        by.after &&
          sql.fragment`(q.authored_at, q.requisition_id) < (${by.after[0]!}::timestamptz, ${by.after[1]!}::uuid)`,
      ])}
      order by q.requisition_id, q.id
    ) head
    order by head.authored_at desc, head.requisition_id desc
    limit ${by.limit}
  `);

export const getOrder = (db: Db, id: string): Promise<Order> =>
  db.oneFirst(sql.type(z.strictObject({ it: Order }))`
    select ${orderJson} as it
    from (select ${headOf} from laboratory.service_request q where q.requisition_id = ${id} and ${maySee(db, 'q.patient_id')} order by q.id limit 1) head
  `);

const Held = z.strictObject({
  requisitionId: z.uuid().nullable(),
  patientId: z.uuid().nullable(),
  encounterId: z.uuid().nullable(),
  version: z.int(),
});

export const getRequest = (db: Db, id: string): Promise<z.infer<typeof Held>> =>
  db.one(sql.type(Held)`
    select requisition_id, patient_id, encounter_id, version from laboratory.service_request where id = ${id} and ${maySee(db, 'patient_id')}
  `);

/** Null when somebody was faster. */
export const explainRequest = (tx: Db, id: string, version: number, reason: string): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update laboratory.service_request set status_reason = ${reason} where id = ${id} and version = ${version} and ${maySee(tx, 'patient_id')} returning id
  `);

/** How many tests of it were still open and are not any more; the request follows. */
export const cancelOpenResults = (
  tx: Db,
  by: { requestId: string } | { specimenId: string },
): Promise<readonly string[]> =>
  tx.anyFirst(sql.type(Id)`
    update laboratory.result set status = 'cancelled', value = null, value_code = null, value_text = null
    where status in ('ordered', 'entered') and ${maySee(tx, 'patient_id')}
      and ${'requestId' in by ? sql.fragment`service_request_id = ${by.requestId}` : sql.fragment`specimen_id = ${by.specimenId}`}
    returning id
  `);
