import type { Db } from '../../../core/database.ts';
import { getSetting } from '../../../core/settings.ts';
import { SchedulingRules } from './model.ts';

export const settingName = 'scheduling.rules';

export const getRules = async (db: Db): Promise<SchedulingRules> =>
  (await getSetting(db, settingName, SchedulingRules)).value;
