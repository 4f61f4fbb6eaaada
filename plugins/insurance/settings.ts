import Joi from 'joi';
import type { Config } from '../../core/config.ts';

const undo = 'OPENWARD_CLAIM_UNDO_SECONDS';

export const settings = {
  /** How long a claim can be taken back after it was sent; until then nothing leaves the house. */
  [undo]: Joi.number().integer().min(0).max(600).default(10),
};

export const undoSeconds = (config: Config): number => Number(config.settings[undo]);
