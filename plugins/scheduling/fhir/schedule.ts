import { z } from 'zod';
import { sql } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { defineResource, reference, token, type fhir, type Refs } from '../../../fhir/resource.ts';

const Row = z.strictObject({ id: z.uuid(), active: z.boolean(), practitionerId: z.uuid().nullable() });
type Row = z.infer<typeof Row>;
type Input = Omit<Row, 'id'>;

/** Whose working hours it stands for. The hours themselves have no element in R4: they read as the free Slots that come of them. */
export const schedule = defineResource({
  type: 'Schedule',
  table: 'scheduling.schedule',
  patient: null,
  permission: { read: 'appointment:read', write: 'availability:write' },
  row: Row,
  columns: sql.fragment`it.id, it.active, it.practitioner_id`,
  search: { active: token(sql.fragment`it.active::text`), actor: reference('practitioner_id', ['Practitioner']) },
  toFhir: (it: Row): fhir.Schedule => ({
    resourceType: 'Schedule',
    id: it.id,
    active: it.active,
    actor: it.practitionerId ? [{ reference: `Practitioner/${it.practitionerId}` }] : [],
  }),
  fromFhir: (it: fhir.Schedule, refs: Refs): Input => ({
    active: it.active ?? true,
    practitionerId: it.actor.map((actor) => refs.find(actor, 'Practitioner')).find((id) => id !== null) ?? null,
  }),
  create: (tx, it: Input, { id }) =>
    tx.query(
      sql.unsafe`insert into scheduling.schedule (id, active, practitioner_id) values (${id}, ${it.active}, ${it.practitionerId})`,
    ),
  async update(tx, id, version, it) {
    const others = await tx.exists(sql.unsafe`
      select from scheduling.availability where schedule_id = ${id} and practitioner_id is distinct from ${it.practitionerId}::uuid
    `);
    if (others) throw refuse('schedule_has_hours');
    await tx.query(sql.unsafe`
      update scheduling.schedule set active = ${it.active}, practitioner_id = ${it.practitionerId} where id = ${id} and version = ${version}
    `);
  },
  instead: 'active=false',
});
