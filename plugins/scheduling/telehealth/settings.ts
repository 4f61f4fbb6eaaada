import Joi from 'joi';
import type { Config } from '../../../core/config.ts';
import { givenSecret } from '../../../core/secrets.ts';

const isSafe = (url: string): boolean => {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
};

/** The hospital's video system: an address with {room} in it, which is all that it learns of an appointment. */
export const settings = {
  OPENWARD_TELEHEALTH_URL: Joi.string().custom((template: string, helpers) => {
    if (!template.includes('{room}') || !URL.canParse(template.replaceAll('{room}', 'room')))
      return helpers.message({ custom: '"OPENWARD_TELEHEALTH_URL" must be an address with {room} in it' });
    return isSafe(template.replaceAll('{room}', 'room'))
      ? template
      : helpers.message({ custom: '"OPENWARD_TELEHEALTH_URL" must use https elsewhere than on loopback' });
  }),
  /** Names the rooms: whoever does not know it guesses none. */
  OPENWARD_TELEHEALTH_KEY: givenSecret('OPENWARD_TELEHEALTH_KEY', 32).when('OPENWARD_TELEHEALTH_URL', {
    is: Joi.exist(),
    then: Joi.required(),
  }),
};

export interface Video {
  template: string;
  key: string;
}

/** Null: there is none, and services by video cannot be booked. */
export const videoOf = ({ settings: given }: Pick<Config, 'settings'>): Video | null => {
  const [template, key] = [given.OPENWARD_TELEHEALTH_URL, given.OPENWARD_TELEHEALTH_KEY] as (string | undefined)[];
  return template && key ? { template, key } : null;
};
