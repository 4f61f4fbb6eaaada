/**
 * What the patient's summary shows of each part of the record. A plugin adds a line here and a component beside this file;
 * what the server leaves out (plugin off, no permission) is simply not there.
 */
import type { Component } from 'svelte';
import LabResults from '../laboratory/LabResults.svelte';
import * as m from '../messages.js';
import type { PatientRecord } from '../types.ts';
import Allergies from './Allergies.svelte';
import Appointments from './Appointments.svelte';
import Consents from './Consents.svelte';
import Contact from './Contact.svelte';
import Coverages from './Coverages.svelte';
import Encounters from './Encounters.svelte';
import Identity from './Identity.svelte';
import Invoices from './Invoices.svelte';
import Medications from './Medications.svelte';
import Messages from './Messages.svelte';
import { otherResults } from './observations.ts';
import People from './People.svelte';
import Portal from './Portal.svelte';
import Problems from './Problems.svelte';
import Protection from './Protection.svelte';
import { session } from '../session.svelte.ts';
import Results from './Results.svelte';
import Stays from './Stays.svelte';
import Vitals from './Vitals.svelte';

export interface SectionProps {
  record: PatientRecord;
  id: string;
}

interface Section {
  /** Where it stands on the page, and in its address: `#problems`. */
  id: string;
  /** The part of the record it shows. */
  part: keyof PatientRecord;
  title: () => string;
  component: Component<SectionProps>;
  /** Beside its name in the list of sections. */
  count?: (record: PatientRecord) => number | undefined;
  /** Letter after `g`. */
  letter?: string;
  /** Left out where another section shows the same. */
  has?: (record: PatientRecord) => boolean;
}

export const sections: Section[] = [
  { id: 'vitals', part: 'observations', title: m.record_vitals, component: Vitals, letter: 'v' },
  {
    id: 'allergies',
    part: 'allergies',
    title: m.record_allergies,
    component: Allergies,
    letter: 'a',
    count: (it) => it.allergies?.items.length,
  },
  {
    id: 'problems',
    part: 'problems',
    title: m.record_problems,
    component: Problems,
    letter: 'p',
    count: (it) => it.problems?.items.length,
  },
  {
    id: 'medications',
    part: 'medications',
    title: m.record_medications,
    component: Medications,
    letter: 'm',
    count: (it) => it.medications?.items.length,
  },
  {
    id: 'appointments',
    part: 'appointments',
    title: m.record_appointments,
    component: Appointments,
    letter: 'd',
    count: (it) => it.appointments?.total,
  },
  {
    id: 'laboratory',
    part: 'results',
    title: m.lab_record_title,
    component: LabResults,
    letter: 'l',
    count: (it) => it.results?.total,
  },
  {
    id: 'results',
    part: 'observations',
    title: m.record_results,
    component: Results,
    letter: 'r',
    has: (it) => !it.results || otherResults(it).length > 0,
  },
  {
    id: 'encounters',
    part: 'encounters',
    title: m.record_encounters,
    component: Encounters,
    letter: 'e',
    count: (it) => it.encounters?.total,
  },
  {
    id: 'stays',
    part: 'stays',
    title: m.record_stays,
    component: Stays,
    letter: 's',
    count: (it) => it.stays?.items.length,
  },
  {
    id: 'invoices',
    part: 'invoices',
    title: m.record_invoices,
    component: Invoices,
    letter: 'i',
    count: (it) => it.invoices?.total,
  },
  {
    id: 'coverages',
    part: 'coverages',
    title: m.coverage_title,
    component: Coverages,
    letter: 'k',
    count: (it) => it.coverages?.items.filter(({ status }) => status === 'active').length,
  },
  {
    id: 'messages',
    part: 'messages',
    title: m.messaging_title,
    component: Messages,
    count: (it) => it.messages?.total,
  },
  {
    id: 'portal',
    part: 'portal',
    title: m.portal_title,
    component: Portal,
    count: (it) => it.portal?.accesses.length,
  },
  {
    id: 'protection',
    part: 'protection',
    title: m.protect_title,
    component: Protection,
    count: (it) => it.protection.labels.length || undefined,
    has: (it) => session.may('label:write') || it.protection.labels.length > 0,
  },
  {
    id: 'people',
    part: 'person',
    title: m.contact_title,
    component: People,
    letter: 'n',
    count: (it) => it.person?.contacts.length,
  },
  {
    id: 'identity',
    part: 'person',
    title: m.identifier_title,
    component: Identity,
    letter: 'u',
    count: (it) => it.person?.identifiers.length,
  },
  { id: 'contact', part: 'patient', title: m.record_contact, component: Contact, letter: 'c' },
  { id: 'consents', part: 'person', title: m.consent_title, component: Consents, letter: 'o' },
];

/** Those that this record has. */
export const sectionsOf = (record: PatientRecord): Section[] =>
  sections.filter((section) => record[section.part] !== undefined && (section.has?.(record) ?? true));
