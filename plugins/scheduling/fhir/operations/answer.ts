import { z } from 'zod';
import { sql } from '../../../../core/database.ts';
import type { At, Result } from '../../../../fhir/at.ts';
import { readOne } from '../../../../fhir/interactions.ts';
import type { AppointmentItem } from '../../booking/model.ts';
import { slotOf } from '../slot.ts';

const Schedule = z.strictObject({ id: z.uuid(), updatedAt: z.string() });

/** The Appointment as it is now, and the Slot that it takes of its practitioner's schedule: as Medplum answers. */
export const written = async (at: At, it: AppointmentItem, status: 200 | 201): Promise<Result> => {
  const rendered = await readOne(at, at.types.get('Appointment'), it.id);
  const slot = await slotFor(at, it);
  const said = status === 201 ? '201 Created' : '200 OK';
  return {
    status,
    one: rendered,
    location: `Appointment/${it.id}/_history/${rendered.version}`,
    body: {
      resourceType: 'Bundle',
      type: 'transaction-response',
      entry: [
        {
          fullUrl: `${at.base}/Appointment/${it.id}`,
          resource: rendered.body,
          response: {
            status: said,
            location: `${at.base}/Appointment/${it.id}/_history/${rendered.version}`,
            etag: `W/"${rendered.version}"`,
            lastModified: rendered.updatedAt,
          },
        },
        ...(slot ? [{ fullUrl: `${at.base}/Slot/${slot.id}`, resource: slot, response: { status: said } }] : []),
      ],
    },
    audit: { object: `Appointment/${it.id}`, patientIds: [it.patientId], action: status === 201 ? 'C' : 'U' },
  };
};

/** Of one that takes nobody's time there is none. */
const slotFor = async (at: At, { practitionerId, startsAt, endsAt, status }: AppointmentItem) => {
  if (practitionerId === null || startsAt === null || endsAt === null || status === 'cancelled') return null;
  const schedule = await at.db.maybeOne(sql.type(Schedule)`
    select s.id, s.updated_at from scheduling.schedule s where s.practitioner_id = ${practitionerId} and s.active order by s.id limit 1
  `);
  return schedule === null
    ? null
    : slotOf({
        scheduleId: schedule.id,
        startsAt,
        endsAt,
        status: status === 'pending' ? 'busy-tentative' : 'busy',
        updatedAt: schedule.updatedAt,
      });
};
