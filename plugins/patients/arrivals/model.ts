import Joi from 'joi';
import { day, instant, text } from '../../../core/routes.ts';
import { genders, type Gender } from '../model.ts';

/** Somebody who cannot say who they are. */
export interface Unknown {
  gender: Gender;
  /** In years, as it seems; null: cannot be told. */
  age: number | null;
  /** Where and how they came, what they look like. */
  note: string | null;
}
export const Unknown = Joi.object<Unknown, true>({
  gender: Joi.string()
    .valid(...genders)
    .required(),
  age: Joi.number().integer().min(0).max(120).allow(null).default(null),
  note: text(120).allow(null).default(null),
});

export interface Newborns {
  bornOn: string;
  /** In the order of their birth. */
  children: { gender: Gender }[];
}
export const Newborns = Joi.object<Newborns, true>({
  bornOn: day().required(),
  children: Joi.array()
    .items(
      Joi.object({
        gender: Joi.string()
          .valid(...genders)
          .required(),
      }),
    )
    .min(1)
    .max(9)
    .required(),
});

/** `at`: a time, a day, a month or a year; null when only the death is known. Of the living it says nothing. */
export interface Deceased {
  deceased: boolean;
  at: string | null;
}
export const Deceased = Joi.object<Deceased>({
  deceased: Joi.boolean().required(),
  at: Joi.alternatives()
    .try(instant().allow(null), day(), Joi.string().pattern(/^\d{4}(-(0[1-9]|1[0-2]))?$/, 'month or year'))
    .default(null),
});
