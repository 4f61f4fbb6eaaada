import { z } from 'zod';

/** Why a session is over, for the sentence on the screen that it was open on. */
export type EndedFor =
  | 'sign-out'
  | 'everywhere'
  | 'administrator'
  | 'idle'
  | 'lifetime'
  | 'reused'
  | 'disabled'
  | 'switched'
  | 'password'
  | 'second-factor';

export const SessionRow = z.strictObject({
  id: z.uuid(),
  idle: z.number(),
  idleIn: z.number(),
  endsIn: z.number(),
  keptKey: z.instanceof(Buffer).nullable(),
});
export type SessionRow = z.infer<typeof SessionRow>;

/** All in seconds. */
export const SessionTimes = z
  .strictObject({
    /** How long it lasts without use. */
    idle: z.number(),
    /** Until it ends when nobody does anything. */
    idleIn: z.number(),
    /** Until it ends whatever is done. */
    endsIn: z.number(),
  })
  .meta({ id: 'SessionTimes' });
export type SessionTimes = z.infer<typeof SessionTimes>;

export const timesOf = ({ idle, idleIn, endsIn }: SessionRow): SessionTimes => ({ idle, idleIn, endsIn });

/** As the person sees it who is signed in there. */
export const OwnSession = z
  .strictObject({
    id: z.uuid(),
    startedAt: z.string(),
    usedAt: z.string(),
    endsAt: z.string(),
    /** As the browser names itself. */
    device: z.string().nullable(),
    address: z.string().nullable(),
    /** The one that asks. */
    current: z.boolean(),
  })
  .meta({ id: 'OwnSession' });
export type OwnSession = z.infer<typeof OwnSession>;
