import { accounts } from './accounts.ts';
import { bills } from './bills.ts';
import { invitation } from './invitation.ts';
import { profile } from './profile.ts';
import { record } from './record.ts';
import { visits } from './visits.ts';

export const routes = [...accounts, ...invitation, ...profile, ...record, ...visits, ...bills];
