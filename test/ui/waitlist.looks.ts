import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { fillWaitlist } from '../../plugins/scheduling/waitlist/jobs.ts';
import type { TestHms } from '../hms.ts';
import { looks, type Scene } from './looks.ts';

const desk = { as: 'receptionist', path: '/waitlist' };

const scenes: Scene[] = [
  { page: 'waitlist', state: 'offers', ...desk },
  {
    page: 'waitlist',
    state: 'add',
    ...desk,
    async arrange(page) {
      await page.getByRole('button', { name: 'Add to the waitlist' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { page: 'waitlist', state: 'portal', as: 'patient', path: '/portal' },
];

/** Four wait, the patient of the portal among them; who can be offered something has been. */
const furnish = async ({ hms, db, as }: TestHms): Promise<void> => {
  const clerk = await as('receptionist');
  const Id = z.strictObject({ id: z.uuid() });
  const own = sql.fragment`select patient_id from portal.access where role = 'self'`;
  const patients = await db.anyFirst(sql.type(Id)`
    select id from patients.patient where active and deceased_at is null order by id in (${own}) desc, id limit 4
  `);
  const { body: services } = await clerk.get('/api/services?active=true&limit=4');
  for (const [n, patientId] of patients.entries())
    await clerk.post('/api/waitlist', {
      patientId,
      serviceId: services.items[n % services.items.length].id,
      priority: ['routine', 'urgent', 'asap', 'routine'][n],
      weekdays: n === 2 ? [1, 3] : [],
      ...(n === 3 ? { earliestOn: '2030-01-01', toTime: '12:00' } : {}),
    });
  await fillWaitlist(hms.db(service('scheduling')), hms);
};

looks('waitlist', scenes, furnish);
