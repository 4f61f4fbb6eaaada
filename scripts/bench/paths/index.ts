import type { Learner } from '../learn.ts';
import type { Path } from '../measure.ts';
import { appointmentPaths } from './appointments.ts';
import { billPaths } from './bills.ts';
import { laboratoryPaths } from './laboratory.ts';
import { overviewPaths } from './overview.ts';
import { patientPaths } from './patients.ts';

/** In the order of the table. */
export const pathsOf = async (learner: Learner): Promise<Path[]> => {
  const paths: Path[] = [];
  for (const make of [patientPaths, appointmentPaths, billPaths, laboratoryPaths, overviewPaths])
    paths.push(...(await make(learner)));
  return paths;
};
