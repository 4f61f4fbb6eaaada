import { device } from './device.ts';
import { healthcareService } from './service.ts';
import { location } from './location.ts';
import { organization } from './organization.ts';
import { practitioner, practitionerRole } from './practitioner.ts';

/** Targets of references first: bundles are written in this order. */
export const resources = [organization, location, practitioner, practitionerRole, healthcareService, device];
