import { error } from '@sveltejs/kit';
import * as format from './format.ts';
import {
  api,
  hasToken,
  refresh,
  signIn as askToSignIn,
  signOut as askToSignOut,
  type PasskeyProof,
  type Proof,
} from './api.ts';
import { recentPatients } from './patient-search.svelte.ts';
import type { Platform } from './types.ts';

let platform = $state.raw<Platform>();
let isTheirs = $state(false);

/** Who is signed in and what this hospital has: `GET /api/platform`. */
export const session = {
  get platform() {
    if (!platform) throw new Error('The platform is loaded by the staff layout.');
    return platform;
  },
  get user() {
    return this.platform.user;
  },
  may: (permission: string) => platform?.permissions.includes(permission) ?? false,
  has: (plugin: string) => platform?.plugins.some((one) => one.name === plugin) ?? false,
};

/** Somebody has signed in on this page. */
export const isOpen = () => isTheirs;

/** In a page's load, after `await parent()`: without the permission the error page says what is missing, in its own words. */
export function need(permission: string, words: () => string) {
  if (!session.may(permission)) error(403, words(), { permission });
}

/** True when somebody is signed in, perhaps by the refresh cookie of an earlier visit. */
export async function open(): Promise<boolean> {
  if (!hasToken() && !(await refresh())) return false;
  if (!isTheirs) {
    const next = await api.get('/api/platform');
    if (next.user.id !== platform?.user.id) recentPatients.forget();
    platform = next;
    isTheirs = true;
    const { zone, currency, now, clockSpeed: speed } = platform;
    format.configure({ zone, currency, now, speed });
    if (platform.demo) keepTime();
  }
  return true;
}

/** What this person may do has changed while the page was open. */
export async function renew() {
  platform = await api.get('/api/platform', { background: true });
}

let keepsTime = false;
/** The clock of a demonstration is set and sped while people watch: it is asked for now and then. */
function keepTime() {
  if (keepsTime) return;
  keepsTime = true;
  setInterval(async () => {
    if (!isTheirs || document.hidden) return;
    const told = await api.get('/api/platform', { background: true }).catch(() => undefined);
    if (told) format.configure({ now: told.now, speed: told.clockSpeed });
  }, 10_000);
}

export async function signIn(proof: Proof | PasskeyProof) {
  forget();
  return askToSignIn(proof);
}

/** The page is loaded anew afterwards, so that nothing of this user stays in memory. */
export const signOut = askToSignOut;

/** The session is over: whoever signs in next gets a platform of their own. The frame on the screen keeps the old one until it goes. */
export function forget() {
  isTheirs = false;
}
