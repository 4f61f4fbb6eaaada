import Joi from 'joi';
import { z } from 'zod';
import { day, instant, text, uuid } from '../../core/routes.ts';
import { DateText, Instant, pageOfItems } from '../../core/shapes.ts';
import { Payment as BilledPayment } from '../billing/api.ts';
import { InSeries, WaitlistEntryHead } from '../scheduling/api.ts';

export const accessRoles = ['self', 'parent', 'guardian', 'carer'] as const;
export type AccessRole = (typeof accessRoles)[number];
export const AccessRole = z.enum(accessRoles).meta({ id: 'PortalRole' });

// -- what staff see of it ---------------------------------------------------------------------------------------------------

export const Access = z
  .strictObject({
    id: z.uuid(),
    username: z.string(),
    displayName: z.string(),
    role: AccessRole,
    until: Instant.nullable(),
    createdAt: Instant,
  })
  .meta({ id: 'PortalAccess' });

export const Invitation = z
  .strictObject({
    id: z.uuid(),
    displayName: z.string(),
    role: AccessRole,
    createdAt: Instant,
    expiresAt: Instant,
  })
  .meta({ id: 'PortalInvitation' });

export const StrayPayment = z.strictObject({
  id: z.uuid(),
  invoiceId: z.uuid(),
  status: z.enum(['refund-due', 'disputed']),
  amountMinor: z.int(),
  currency: z.string(),
  createdAt: Instant,
});

/** Who may see the record, who is invited to, and online payments that need an eye. */
export const PortalOfRecord = z
  .strictObject({ accesses: z.array(Access), invitations: z.array(Invitation), payments: z.array(StrayPayment) })
  .meta({ id: 'PortalOfRecord' });

export interface NewInvitation {
  patientId: string;
  role: AccessRole;
  displayName?: string;
  until?: string | null;
  send: boolean;
}
export const NewInvitation = Joi.object<NewInvitation>({
  patientId: uuid().required(),
  role: Joi.string()
    .valid(...accessRoles)
    .required(),
  displayName: text(120).when('role', { is: 'self', otherwise: Joi.required() }),
  until: instant().allow(null),
  send: Joi.boolean().default(false),
});

/** The code is told once, here: only its hash is kept. */
export const Invited = z
  .strictObject({ invitation: Invitation, code: z.string(), address: z.string(), sentBy: z.array(z.string()) })
  .meta({ id: 'PortalInvited' });

// -- invitation ---------------------------------------------------------------------------------------------------------------

export interface Proof {
  code: string;
  birthDate: string;
}
const proof = { code: text(40).required(), birthDate: day().required() };
export const Proof = Joi.object<Proof, true>(proof);

export interface Acceptance extends Proof {
  username: string;
  password: string;
  hasAccount: boolean;
}
export const Acceptance = Joi.object<Acceptance, true>({
  ...proof,
  username: Joi.string()
    .trim()
    .pattern(/^[a-z0-9._@+-]{2,64}$/i, 'letters, digits, dot, dash, @')
    .required(),
  password: Joi.string().min(8).max(1000, 'utf8').required(),
  hasAccount: Joi.boolean().default(false),
});
export const Proved = z
  .strictObject({ role: AccessRole, displayName: z.string(), givenName: z.string() })
  .meta({ id: 'PortalProved' });

// -- oneself ------------------------------------------------------------------------------------------------------------------

export const OwnPatient = z.strictObject({
  patientId: z.uuid(),
  role: AccessRole,
  givenName: z.string(),
  familyName: z.string(),
  until: Instant.nullable(),
});
export const Rules = z.strictObject({
  cancelHours: z.int(),
  leadHours: z.int(),
  horizonDays: z.int(),
  openBookings: z.int(),
  /** Null: every active service. */
  services: z.array(z.uuid()).nullable(),
  /** Services that somebody confirms first. */
  approval: z.array(z.uuid()),
});
export type Rules = z.infer<typeof Rules>;
export const VersionedRules = Rules.extend({ version: z.int() }).meta({ id: 'PortalRules' });
export const NewRules = Joi.object<Rules, true>({
  cancelHours: Joi.number().integer().min(0).max(720).required(),
  leadHours: Joi.number().integer().min(0).max(720).required(),
  horizonDays: Joi.number().integer().min(1).max(180).required(),
  openBookings: Joi.number().integer().min(0).max(50).required(),
  services: Joi.array().items(uuid()).max(500).unique().allow(null).required(),
  approval: Joi.array().items(uuid()).max(500).unique().required(),
});

export const Me = z
  .strictObject({
    patientId: z.uuid(),
    recordNumber: z.string(),
    familyName: z.string(),
    givenName: z.string(),
    birthDate: DateText.nullable(),
    phone: z.string().nullable(),
    email: z.string().nullable(),
    addressLine: z.string().nullable(),
    postalCode: z.string().nullable(),
    city: z.string().nullable(),
    version: z.int(),
    role: AccessRole,
    mayChange: z.boolean(),
    /** Everybody whom this account may see, the present one too. */
    patients: z.array(OwnPatient),
    cancelHours: z.int(),
  })
  .meta({ id: 'PortalMe' });
export type Me = z.infer<typeof Me>;

export interface Contact {
  phone: string | null;
  email: string | null;
}
export const Contact = Joi.object<Contact, true>({
  phone: Joi.string()
    .trim()
    .pattern(/^[+(\d][\d\s()/.-]{4,29}$/, 'phone number')
    .allow(null)
    .required(),
  email: Joi.string().trim().email({ tlds: false }).max(200).allow(null).required(),
});

// -- visits -------------------------------------------------------------------------------------------------------------------

export const Visit = z
  .strictObject({
    id: z.uuid(),
    version: z.int(),
    status: z.string(),
    startsAt: Instant,
    endsAt: Instant,
    practitionerId: z.uuid().nullable(),
    practitionerName: z.string().nullable(),
    locationName: z.string().nullable(),
    departmentName: z.string().nullable(),
    serviceId: z.uuid().nullable(),
    serviceName: z.string().nullable(),
    reason: z.string().nullable(),
    /** By video: see /join. */
    telehealth: z.boolean(),
    /** Which of how many, when it is one of a series. */
    series: InSeries.nullable(),
    /** It can still be moved and cancelled here. */
    mayChange: z.boolean(),
  })
  .meta({ id: 'PortalVisit' });
export type Visit = z.infer<typeof Visit>;

export const BookableService = z
  .strictObject({
    id: z.uuid(),
    name: z.string(),
    departmentName: z.string().nullable(),
    minutes: z.int(),
    approval: z.boolean(),
  })
  .meta({ id: 'PortalService' });

export interface NewBooking {
  serviceId: string;
  practitionerId: string;
  startsAt: string;
  endsAt: string;
  reason?: string | null;
  reminders?: boolean;
}
export const NewBooking = Joi.object<NewBooking>({
  serviceId: uuid().required(),
  practitionerId: uuid().required(),
  startsAt: instant().required(),
  endsAt: instant().required(),
  reason: text(500).allow(null),
  reminders: Joi.boolean(),
});

/** What is said of a kept time when it becomes a visit. */
export interface HeldBooking {
  reason?: string | null;
  reminders?: boolean;
}
export const HeldBooking = Joi.object<HeldBooking>({ reason: text(500).allow(null), reminders: Joi.boolean() });

export interface NewHold {
  serviceId: string;
  practitionerId: string;
  startsAt: string;
  endsAt: string;
}
export const NewHold = Joi.object<NewHold, true>({
  serviceId: uuid().required(),
  practitionerId: uuid().required(),
  startsAt: instant().required(),
  endsAt: instant().required(),
});

/** What would suit whoever waits; what is left out does not matter. */
export interface NewWish {
  serviceId: string;
  practitionerIds: string[];
  weekdays: number[];
  fromTime: string | null;
  toTime: string | null;
  earliestOn: string | null;
  latestOn: string | null;
}
const clockTime = () => Joi.string().pattern(/^([01]\d|2[0-3]):[0-5]\d$/, 'time of day, such as 09:30');
export const NewWish = Joi.object<NewWish>({
  serviceId: uuid().required(),
  practitionerIds: Joi.array().items(uuid()).max(20).unique().default([]),
  weekdays: Joi.array().items(Joi.number().integer().min(1).max(7)).max(7).unique().default([]),
  fromTime: clockTime().allow(null).default(null),
  toTime: clockTime().allow(null).default(null),
  earliestOn: day().allow(null).default(null),
  latestOn: day().allow(null).default(null),
});
export interface Rebooking {
  practitionerId: string;
  startsAt: string;
  endsAt: string;
}
export const Rebooking = Joi.object<Rebooking, true>({
  practitionerId: uuid().required(),
  startsAt: instant().required(),
  endsAt: instant().required(),
});
export const Cancellation = Joi.object<{ reason: string }, true>({ reason: text(500).required() });

export const PastVisit = z
  .strictObject({
    id: z.uuid(),
    at: Instant.nullable(),
    status: z.string(),
    departmentName: z.string().nullable(),
    practitionerName: z.string().nullable(),
    serviceName: z.string().nullable(),
    diagnoses: z.array(z.string()),
  })
  .meta({ id: 'PortalPastVisit' });

// -- record -------------------------------------------------------------------------------------------------------------------

export const Result = z
  .strictObject({
    id: z.uuid(),
    testId: z.uuid(),
    display: z.string(),
    /** In other languages than English. */
    names: z.record(z.string(), z.string()),
    value: z.string(),
    unit: z.string().nullable(),
    flag: z.string().nullable(),
    low: z.string().nullable(),
    high: z.string().nullable(),
    comment: z.string().nullable(),
    at: Instant,
    releasedAt: Instant,
    corrected: z.boolean(),
  })
  .meta({ id: 'PortalResult' });
export const ResultWithTrend = Result.extend({
  earlier: z.array(
    z.strictObject({
      value: z.string(),
      at: Instant,
      flag: z.string().nullable(),
      low: z.string().nullable(),
      high: z.string().nullable(),
    }),
  ),
}).meta({ id: 'PortalResultWithTrend' });

export const Medicine = z
  .strictObject({
    id: z.uuid(),
    display: z.string(),
    instruction: z.string().nullable(),
    status: z.string(),
    quantity: z.int().nullable(),
    unit: z.string().nullable(),
    dispensed: z.int(),
    prescriber: z.string().nullable(),
    authoredAt: Instant.nullable(),
    lastDispensedAt: Instant.nullable(),
  })
  .meta({ id: 'PortalMedicine' });

export const OwnAllergy = z
  .strictObject({
    id: z.uuid(),
    display: z.string(),
    criticality: z.string().nullable(),
    reaction: z.string().nullable(),
  })
  .meta({ id: 'PortalAllergy' });
export const OwnAllergies = z
  .strictObject({ state: z.enum(['recorded', 'none-known', 'not-recorded']), items: z.array(OwnAllergy) })
  .meta({ id: 'PortalAllergies' });

export const Look = z
  .strictObject({
    at: Instant,
    /** Somebody with an account, a connected system, the hospital's own work, or somebody who had not signed in. */
    by: z.enum(['person', 'client', 'hospital', 'nobody']),
    name: z.string().nullable(),
    /** Role of a person of the hospital, in words. */
    roles: z.array(z.string()),
    /** Of somebody who sees the record through the portal. */
    relation: AccessRole.nullable(),
    area: z.enum([
      'portal',
      'search',
      'record',
      'appointments',
      'visit',
      'medicines',
      'laboratory',
      'bills',
      'messages',
      'other-system',
      'other',
    ]),
    act: z.enum(['listed', 'opened', 'changed', 'printed', 'exported']),
    emergency: z.boolean(),
    times: z.int(),
  })
  .meta({ id: 'PortalLook' });

// -- bills --------------------------------------------------------------------------------------------------------------------

export const BillHead = z
  .strictObject({
    id: z.uuid(),
    number: z.string(),
    status: z.string(),
    issuedAt: Instant,
    totalMinor: z.int(),
    insurerMinor: z.int(),
    ownMinor: z.int(),
    paidMinor: z.int(),
    openMinor: z.int(),
    currency: z.string(),
    insurer: z.string().nullable(),
  })
  .meta({ id: 'PortalBillHead' });
export const Bill = BillHead.extend({
  lines: z.array(z.strictObject({ display: z.string(), quantity: z.int(), amountMinor: z.int().nullable() })),
  payments: z.array(
    BilledPayment.pick({ id: true, receiptNumber: true, method: true, amountMinor: true, paidAt: true }),
  ),
  /** Money on its way back, or that a person looks at. */
  waiting: z.array(z.strictObject({ status: z.enum(['refund-due', 'refunded', 'disputed']), amountMinor: z.int() })),
}).meta({ id: 'PortalBill' });

export const Intent = z
  .strictObject({ id: z.uuid(), url: z.string(), amountMinor: z.int(), currency: z.string() })
  .meta({ id: 'PortalPaymentIntent' });
export const PaymentState = z
  .strictObject({
    id: z.uuid(),
    invoiceId: z.uuid(),
    status: z.enum(['open', 'paid', 'refused', 'abandoned', 'refund-due', 'refunded', 'disputed']),
    amountMinor: z.int(),
    currency: z.string(),
  })
  .meta({ id: 'PortalPayment' });
export type PaymentState = z.infer<typeof PaymentState>;

// -- messages and home ----------------------------------------------------------------------------------------------------------

export const OwnMessage = z
  .strictObject({
    id: z.uuid(),
    kind: z.string().nullable(),
    channel: z.string().nullable(),
    sentAt: Instant.nullable(),
    startsAt: Instant.nullable(),
  })
  .meta({ id: 'PortalMessage' });

/** A part is null where its plugin is off. */
export const Home = z
  .strictObject({
    visits: z.array(Visit).nullable(),
    /** What the patient waits for, with the times that are offered. */
    waiting: z.array(WaitlistEntryHead).nullable(),
    results: z.array(Result).nullable(),
    bills: z.array(BillHead).nullable(),
    messages: z.array(OwnMessage).nullable(),
    looks: z.array(Look),
    mayBook: z.boolean(),
  })
  .meta({ id: 'PortalHome' });

/** Everything that the portal shows, as one file to keep. */
export const Download = z.strictObject({
  madeAt: Instant,
  patient: z.unknown(),
  visits: z.array(Visit).optional(),
  pastVisits: z.array(PastVisit).optional(),
  results: z.array(Result).optional(),
  medicines: z.array(Medicine).optional(),
  allergies: OwnAllergies.optional(),
  bills: z.array(Bill).optional(),
  whoLooked: z.array(Look),
});
export type Download = z.infer<typeof Download>;
export const Looks = pageOfItems(Look);
