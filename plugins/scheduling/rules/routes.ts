import type { Db } from '../../../core/database.ts';
import { dbOf, ifMatch, route, versioned } from '../../../core/routes.ts';
import { getSetting, putSetting } from '../../../core/settings.ts';
import { NewSchedulingRules, SchedulingRules, VersionedSchedulingRules } from './model.ts';
import { settingName } from './queries.ts';

const current = async (db: Db) => {
  const { value, version } = await getSetting(db, settingName, SchedulingRules);
  return { ...value, version };
};

const read = route({
  method: 'GET',
  path: '/api/scheduling-rules',
  options: {
    auth: { scope: 'appointment:read' },
    app: { patientData: false, summary: 'How long time is kept for somebody', response: VersionedSchedulingRules },
  },
  handler: async (request, h) => versioned(h, await current(dbOf(request))),
});

const write = route<{ Payload: SchedulingRules }>({
  method: 'PUT',
  path: '/api/scheduling-rules',
  options: {
    auth: { scope: 'availability:write' },
    validate: { payload: NewSchedulingRules },
    app: {
      patientData: false,
      versioned: true,
      summary: 'Sets how long time is kept for somebody',
      response: VersionedSchedulingRules,
    },
  },
  handler: async (request, h) => {
    await putSetting(dbOf(request), settingName, ifMatch(request), request.payload);
    return versioned(h, await current(dbOf(request)));
  },
});

export const ruleRoutes = [read, write];
