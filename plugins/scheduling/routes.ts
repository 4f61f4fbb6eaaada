import { availabilityRoutes } from './availability/routes.ts';
import { bookingRoutes } from './booking/routes.ts';
import { capacityRoutes } from './capacity/routes.ts';
import { dayRoutes } from './day/routes.ts';
import { groupRoutes } from './groups/routes.ts';
import { holdRoutes } from './holds/routes.ts';
import { ruleRoutes } from './rules/routes.ts';
import { holidayRoutes } from './holidays/routes.ts';
import { calendarRoutes } from './icalendar/routes.ts';
import { leaveRoutes } from './leave/routes.ts';
import { seriesRoutes } from './series/routes.ts';
import { slotRoutes } from './slots/routes.ts';
import { telehealthRoutes } from './telehealth/routes.ts';
import { waitlistRoutes } from './waitlist/routes.ts';

export const routes = [
  ...bookingRoutes,
  ...seriesRoutes,
  ...slotRoutes,
  ...dayRoutes,
  ...availabilityRoutes,
  ...groupRoutes,
  ...holdRoutes,
  ...ruleRoutes,
  ...telehealthRoutes,
  ...waitlistRoutes,
  ...leaveRoutes,
  ...holidayRoutes,
  ...capacityRoutes,
  ...calendarRoutes,
];
