import { accounts } from './accounts.ts';
import { bills } from './bills.ts';
import { invitation } from './invitation.ts';
import { profile } from './profile.ts';
import { record } from './record.ts';
import { visits } from './visits.ts';
import { waitlist } from './waitlist.ts';

export const routes = [...accounts, ...invitation, ...profile, ...record, ...visits, ...waitlist, ...bills];
