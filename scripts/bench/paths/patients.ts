import { z } from 'zod';
import { sql } from '../../../core/database.ts';
import type { Learner } from '../learn.ts';
import type { Path } from '../measure.ts';

const Id = z.object({ id: z.string() });
const Name = z.object({ name: z.string() });

/** One patient, one long record, one search. */
export const patientPaths = async ({ bench, wants, as, get, post, path }: Learner): Promise<Path[]> => {
  const { owner, longRecord } = bench;
  const clerk = await as('receptionist');
  const doctor = await as('doctor');
  const paths: Path[] = [];
  if (wants('patient')) {
    const ids = await owner.anyFirst(sql.type(Id)`select id from patients.patient order by md5(id::text) limit 200`);
    paths.push(
      await path(
        'patient',
        3,
        ids.map((id) => get(`/api/patients/${id}`, clerk)),
      ),
    );
  }
  if (wants('record')) {
    const calls = Array.from({ length: 60 }, () => get(`/api/patients/${longRecord}/record`, doctor));
    paths.push(await path('record, 1,000 visits', 2, calls));
  }
  if (wants('patient search')) {
    const names = await owner.anyFirst(sql.type(Name)`
      select left(family_name, 4) || ' ' || left(given_name, 3) as name from patients.patient order by md5(id::text || 'n') limit 100
    `);
    const calls = names.map((text) => post('/api/patients/search', clerk, { text, limit: 12 }, 200));
    paths.push(await path('patient search', 3, calls));
  }
  return paths;
};
