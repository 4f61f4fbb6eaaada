import { encounterRoutes } from './encounters.ts';
import { medicationRoutes } from './medications.ts';
import { noteRoutes } from './notes.ts';
import { recordRoutes } from './record.ts';

export const routes = [...encounterRoutes, ...noteRoutes, ...recordRoutes, ...medicationRoutes];
