import { api } from '../../api.ts';
import { everyPage } from '../../pages.ts';
import { session } from '../../session.svelte.ts';
import type { Availability, ClockChange, Leave, Location, Service } from '../../types.ts';

export interface HoursOf {
  availability: Availability;
  leave: Leave[];
  changes: ClockChange[];
  rooms: Location[];
  services: Service[];
}

/** `who`: an id, or me. */
export const loadHours = async (who: string): Promise<HoursOf> => {
  const sees = session.may('facility:read');
  const [availability, leave, changes, rooms, services] = await Promise.all([
    api.get(`/api/availability/${who}`),
    api.get(`/api/availability/${who}/leave`),
    api.get(`/api/availability/${who}/clock-changes`),
    sees ? everyPage('/api/locations', { kind: 'room', active: 'true' }) : [],
    sees ? everyPage('/api/services', { active: 'true' }) : [],
  ]);
  return {
    availability,
    leave: leave.items,
    changes: changes.items,
    rooms: rooms.filter((it) => !it.inWard),
    services: [...services],
  };
};
