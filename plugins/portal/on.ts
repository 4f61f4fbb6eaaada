import type { Hms } from '../../core/hms.ts';

/** Whether the hospital has this plugin: what it would have shown is left out otherwise. */
export const isOn = (hms: Pick<Hms, 'plugins'>, plugin: string): boolean =>
  hms.plugins.some(({ name }) => name === plugin);
