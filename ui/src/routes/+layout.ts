import * as format from '#lib/format.ts';
import { getLocale } from '#lib/locale.svelte.ts';

// A static single-page app: the server sends one page and data.
export const ssr = false;

format.configure({ locale: getLocale });
