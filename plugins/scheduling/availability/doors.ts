import type Joi from 'joi';
import { refuse } from '../../../core/refuse.ts';
import { dbOf, uuid } from '../../../core/routes.ts';
import { isPractitioner } from '../booking/queries.ts';
import { findOwn } from './queries.ts';

/**
 * The same routes twice: of a practitioner that is named, for desk and administration, and of the practitioner who asks. `read` and `write` are the
 * permissions.
 */
export interface Whose {
  path: string;
  read: string;
  write: string;
  /** Parameters of the path. */
  inPath: Joi.PartialSchemaMap;
  /** What the API document says. */
  of: string;
  /** @throws refusal not_found */
  find: (request: { params: unknown; app: unknown; server: unknown; auth: unknown }) => Promise<string>;
}

export const whose: readonly Whose[] = [
  {
    path: '/api/availability/{practitionerId}',
    read: 'appointment:read',
    write: 'availability:write',
    inPath: { practitionerId: uuid().required() },
    of: 'of a practitioner',
    find: async (request) => {
      const { practitionerId: id } = request.params as { practitionerId: string };
      if (!(await isPractitioner(dbOf(request), id))) throw refuse('not_found');
      return id;
    },
  },
  {
    path: '/api/availability/me',
    read: 'availability:own',
    write: 'availability:own',
    inPath: {},
    of: 'of the practitioner who asks; 404 for everybody else',
    find: async (request) => {
      const id = await findOwn(dbOf(request));
      if (id === null) throw refuse('not_found');
      return id;
    },
  },
];
