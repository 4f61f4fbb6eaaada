import { catalogueRoutes } from './catalogue.ts';
import { criticalRoutes } from './critical.ts';
import { deputyRoutes } from './deputies.ts';
import { orderRoutes } from './orders.ts';
import { resultRoutes } from './results.ts';
import { specimenRoutes } from './specimens.ts';

export const routes = [
  ...catalogueRoutes,
  ...orderRoutes,
  ...specimenRoutes,
  ...resultRoutes,
  ...criticalRoutes,
  ...deputyRoutes,
];
