import { error } from '@sveltejs/kit';

/** Whatever no page answers to: said inside the frame, so that the menu is there to go on. */
export const load = () => error(404);
