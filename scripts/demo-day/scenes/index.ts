import type { Scene } from '../day.ts';
import { claims } from './claims.ts';
import { consultation } from './consultation.ts';
import { laboratory } from './laboratory.ts';
import { management } from './management.ts';
import { messages } from './messages.ts';
import { otherLaboratory } from './other-laboratory.ts';
import { pharmacy } from './pharmacy.ts';
import { portal } from './portal.ts';
import { reception } from './reception.ts';
import { till } from './till.ts';
import { ward } from './ward.ts';

/** One for each part of the house. None knows another: they meet in the hospital, as people do. */
export const scenes: readonly Scene[] = [
  reception,
  consultation,
  laboratory,
  otherLaboratory,
  ward,
  pharmacy,
  till,
  claims,
  messages,
  portal,
  management,
];
