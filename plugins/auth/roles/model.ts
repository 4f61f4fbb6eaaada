import Joi from 'joi';
import { z } from 'zod';
import { instant, text } from '../../../core/routes.ts';
import { Instant } from '../../../core/shapes.ts';

/** `denied` beats what other roles allow. */
export interface ChangedRole {
  /** Only of a role made here; those that ship keep theirs. */
  title?: string;
  permissions: string[];
  denied: string[];
  secondFactor: boolean;
}
const permission = () => Joi.string().pattern(/^[a-z-]+:[a-z-]+$/, 'noun:verb');
const contents = {
  permissions: Joi.array().items(permission()).max(500).unique().required(),
  denied: Joi.array().items(permission()).max(500).unique().required(),
  secondFactor: Joi.boolean().required(),
};
export const ChangedRole = Joi.object<ChangedRole, true>({ title: text(80), ...contents });

export type NewRole = ChangedRole & { title: string };
export const NewRole = Joi.object<NewRole, true>({ title: text(80).required(), ...contents });

export const roleParams = Joi.object({
  name: Joi.string()
    .pattern(/^[a-z0-9-]{1,64}$/)
    .required(),
});

/** A row: `title` is a key of the message catalogue, or of a role made here its words. */
export const RoleRow = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  title: z.string(),
  own: z.boolean(),
  secondFactor: z.boolean(),
  permissions: z.array(z.string()),
  denied: z.array(z.string()),
  /** How many people who can sign in hold it now. */
  members: z.int(),
  version: z.int(),
});
export type RoleRow = z.infer<typeof RoleRow>;

export const Role = RoleRow.omit({ id: true })
  .extend({
    /** Nobody changes it: what patients may do is decided where patients are. */
    fixed: z.boolean(),
  })
  .meta({ id: 'Role' });
export type Role = z.infer<typeof Role>;

export const RoleTitle = z
  .strictObject({ name: z.string(), title: z.string(), own: z.boolean(), fixed: z.boolean() })
  .meta({ id: 'RoleTitle' });
export type RoleTitle = z.infer<typeof RoleTitle>;

export interface NewGrant {
  role: string;
  /** Left out: until somebody ends it. */
  until?: string | null;
  reason: string;
}
export const NewGrant = Joi.object<NewGrant, true>({
  role: text(64).required(),
  until: instant().allow(null),
  reason: text(500).min(3).required(),
});

/** Whether somebody has a role, why, by whom and until when. */
export const Grant = z
  .strictObject({
    role: z.string(),
    title: z.string(),
    own: z.boolean(),
    /** Null: without an end. In the past: it has ended. */
    until: Instant.nullable(),
    inForce: z.boolean(),
    reason: z.string(),
    givenBy: z.string().nullable(),
    givenAt: Instant,
  })
  .meta({ id: 'Grant' });
export type Grant = z.infer<typeof Grant>;

export const Member = Grant.omit({ role: true, title: true, own: true, inForce: true })
  .extend({ userId: z.uuid(), displayName: z.string() })
  .meta({ id: 'Member' });
export type Member = z.infer<typeof Member>;

/** Somebody who may do something, and why. */
export const Holder = z
  .strictObject({
    userId: z.uuid(),
    displayName: z.string(),
    until: Instant.nullable(),
    through: z.array(Grant.omit({ inForce: true })),
  })
  .meta({ id: 'Holder' });
export type Holder = z.infer<typeof Holder>;

export const Permission = z
  .strictObject({
    permission: z.string(),
    title: z.string(),
    /** Whose it is, in words. */
    plugin: z.string(),
    /** It belongs to patients, and no role of those who work here can hold it. */
    ofPatients: z.boolean(),
    /** Titles of the roles that allow it, and of those that deny it. */
    allowedBy: z.array(z.string()),
    deniedBy: z.array(z.string()),
  })
  .meta({ id: 'Permission' });
export type Permission = z.infer<typeof Permission>;

/** A role of one's own, and until when. */
const Through = z.strictObject({ title: z.string(), until: Instant.nullable() });

/** One permission as one person has it or not. */
export const OwnPermission = z
  .strictObject({
    permission: z.string(),
    title: z.string(),
    plugin: z.string(),
    held: z.boolean(),
    until: Instant.nullable(),
    /** Own roles that allow it, that deny it, and that allowed it and have ended. */
    through: z.array(Through),
    deniedBy: z.array(Through),
    ended: z.array(Through),
    /** Titles of all roles that would give it. */
    allowedBy: z.array(z.string()),
  })
  .meta({ id: 'OwnPermission' });
export type OwnPermission = z.infer<typeof OwnPermission>;

export const OwnPermissions = z
  .strictObject({
    roles: z.array(Grant),
    items: z.array(OwnPermission),
    /** Names of those who can give roles, a few of them; `more` when there are others. */
    givers: z.array(z.string()),
    more: z.boolean(),
  })
  .meta({ id: 'OwnPermissions' });
export type OwnPermissions = z.infer<typeof OwnPermissions>;
