import { api } from '#lib/api.ts';
import { today } from '#lib/format.ts';
import { everyPage } from '#lib/pages.ts';
import { getDay } from '#lib/scheduling/calls.ts';
import { tokensOf } from '#lib/scheduling/queue/tokens.ts';
import { need, session } from '#lib/session.svelte.ts';
import type { Id, Instant } from '#lib/types.ts';
import * as m from '#lib/messages.js';
import type { PageLoad } from './$types';

/** `?date=`; and from the register or a patient's page `patient`, `start`, `doctor`, `service`: ids and instants, no names. */
export const load: PageLoad = async ({ url, parent }) => {
  await parent();
  need('appointment:read', m.permission_appointment_read);
  const asked = url.searchParams;
  const date = isDate(asked.get('date')) ? asked.get('date')! : today().toString();
  const patientId = asked.get('patient');
  const mayRead = session.may('facility:read');
  const [day, services, locations, devices, practitioners, patient, tokens] = await Promise.all([
    getDay(date),
    mayRead ? everyPage('/api/services', { active: 'true' }) : [],
    mayRead ? everyPage('/api/locations', { active: 'true' }) : [],
    mayRead ? everyPage('/api/devices', { active: 'true' }) : [],
    mayRead ? everyPage('/api/practitioners', { active: 'true' }) : [],
    patientId ? api.get(`/api/patients/${encodeURIComponent(patientId)}`) : undefined,
    tokensOf(),
  ]);
  const video = services.some((it) => it.telehealth) ? await api.get('/api/telehealth') : undefined;
  const wish = {
    patient,
    start: asked.get('start') as Instant | null,
    doctor: asked.get('doctor') as Id | null,
    service: asked.get('service') as Id | null,
  };
  return {
    day,
    services,
    // A room of a ward is for those who lie there.
    rooms: locations.filter((it) => it.kind === 'room' && !it.inWard),
    /** Where one may be seen. */
    places: locations.filter((it) => it.kind === 'site' || (it.kind === 'room' && !it.inWard)),
    devices,
    practitioners,
    tokens,
    noVideo: video && !video.configured ? video.setting : undefined,
    wish,
  };
};

function isDate(text: string | null): boolean {
  try {
    return text !== null && Temporal.PlainDate.from(text).toString() === text;
  } catch {
    return false;
  }
}
