import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { shipped } from '../../core/loader.ts';
import { startHms, type TestHms } from '../hms.ts';

/** Ids of things that are there, to open their pages. */
export type Ids = Record<
  'patient' | 'other' | 'visit' | 'invoice' | 'claim' | 'test' | 'specimen' | 'user' | 'ticket' | 'import',
  string
>;

interface StaffPage {
  /** What everything that the page asks for by itself needs; without one of them it is not opened. In the order it is named. */
  needs: readonly string[];
  at: (ids: Ids) => string;
}
const page = (path: string, ...needs: string[]): StaffPage => ({ at: () => path, needs });
const pageOf = (at: StaffPage['at'], ...needs: string[]): StaffPage => ({ at, needs });

/** Every page of those who work here, by its folder, and who may open it; kept by hand. */
export const staffPages: Readonly<Record<string, StaffPage>> = {
  access: page('/access', 'user:read'),
  account: page('/account'),
  audit: page('/audit', 'audit:read'),
  availability: page('/availability', 'availability:write', 'appointment:read', 'facility:read'),
  'break-glass': page('/break-glass', 'access:review'),
  claims: page('/claims', 'claim:read'),
  'claims/[id]': pageOf(({ claim }) => `/claims/${claim}`, 'claim:read', 'patient:read'),
  'claims/remittances': page('/claims/remittances', 'claim:read'),
  'claims/remittances/new': page('/claims/remittances/new', 'claim:work', 'claim:read', 'coverage:read'),
  clients: page('/clients', 'client:read'),
  dashboard: page('/dashboard', 'dashboard:read'),
  dispense: page('/dispense', 'dispense:read'),
  duplicates: page('/duplicates', 'patient:merge', 'patient:read'),
  'duplicates/compare': pageOf(
    ({ patient, other }) => `/duplicates/compare?patient=${patient}&other=${other}`,
    'patient:merge',
    'patient:read',
  ),
  emergency: page('/emergency', 'glass:break'),
  facility: page('/facility', 'facility:write', 'facility:read'),
  'facility/capacity': page('/facility/capacity', 'availability:write', 'appointment:read', 'facility:read'),
  'facility/rules': page('/facility/rules', 'availability:write', 'appointment:read'),
  'facility/services': page('/facility/services', 'facility:write', 'facility:read'),
  'identifier-types': page('/identifier-types', 'identifier-type:write', 'patient:read'),
  'invoices/[id]': pageOf(({ invoice }) => `/invoices/${invoice}`, 'invoice:read', 'patient:read'),
  'lab-connections': page('/lab-connections', 'lab-message:read', 'lab-connection:read'),
  laboratory: page('/laboratory', 'specimen:collect', 'specimen:read'),
  'laboratory/catalogue': page('/laboratory/catalogue', 'laboratory-test:write', 'facility:read'),
  'laboratory/catalogue/[id]': pageOf(({ test }) => `/laboratory/catalogue/${test}`, 'laboratory-test:write'),
  'laboratory/labels': pageOf(({ specimen }) => `/laboratory/labels?id=${specimen}`, 'specimen:read'),
  messages: page('/messages', 'message:read'),
  'my-availability': page('/my-availability', 'availability:own'),
  'my-day': page('/my-day', 'encounter:write', 'encounter:read'),
  operations: page('/operations', 'operations:read'),
  'patients/[id]': pageOf(({ patient }) => `/patients/${patient}`, 'patient:read'),
  'patients/[id]/edit': pageOf(({ patient }) => `/patients/${patient}/edit`, 'patient:read', 'patient:write'),
  'patients/import': page('/patients/import', 'patient:import', 'patient:read'),
  'patients/import/[id]': pageOf(({ import: file }) => `/patients/import/${file}`, 'patient:import', 'patient:read'),
  'patients/new': page('/patients/new', 'patient:write'),
  'payer-connection': page('/payer-connection', 'payer-connection:work', 'payer-connection:read', 'claim:read'),
  payers: page('/payers', 'payer:write', 'coverage:read'),
  queue: page('/queue', 'queue:read'),
  'queue/setup': page('/queue/setup', 'queue:configure', 'queue:read'),
  'queue/tickets/[id]': pageOf(({ ticket }) => `/queue/tickets/${ticket}`, 'queue:read'),
  reports: page('/reports', 'report:read'),
  'reports/[id]': page('/reports/visits-by-day', 'report:read', 'dashboard:read'),
  roles: page('/roles', 'role:read'),
  'roles/[name]': page('/roles/nurse', 'role:read'),
  'roles/new': page('/roles/new', 'role:write', 'role:read'),
  'roles/permissions': page('/roles/permissions', 'role:read'),
  'roles/permissions/[permission]': page('/roles/permissions/user:read', 'role:read'),
  stock: page('/stock', 'stock:read'),
  till: page('/till', 'payment:write', 'invoice:read'),
  'till/[patientId]': pageOf(({ patient }) => `/till/${patient}`, 'invoice:read', 'charge:read', 'patient:read'),
  today: page('/today', 'appointment:read'),
  waitlist: page('/waitlist', 'appointment:read'),
  users: page('/users', 'user:read'),
  'users/[id]': pageOf(({ user }) => `/users/${user}`, 'user:read'),
  'visits/[id]': pageOf(({ visit }) => `/visits/${visit}`, 'encounter:read', 'patient:read'),
  wards: page('/wards', 'stay:read'),
  why: page('/why'),
};

/** The folders of the pages that are there; the start page sends on, and the last one answers to what is not there. */
export const folders = (): string[] =>
  globSync('**/+page.svelte', { cwd: join(import.meta.dirname, '../../ui/src/routes/(staff)') })
    .map((file) => file.replace(/\/?\+page\.svelte$/, ''))
    .filter((folder) => folder !== '' && folder !== '[...path]')
    .sort();

/** Every plugin, with the demo's data. */
export const startFilled = async (): Promise<TestHms & { ids: Ids }> => {
  const hms = await startHms(shipped(), { now: '2026-03-02T08:00:00Z', demo: { patients: 40, visitsPerPatient: 3 } });
  const idOf = (from: string) =>
    hms.db.oneFirst(
      sql.type(z.strictObject({ id: z.uuid() }))`select it.id from ${sql.identifier(from.split('.'))} it limit 1`,
    );
  const [invoice, claim, test, specimen, user, ticket] = await Promise.all(
    [
      'billing.invoice',
      'insurance.claim',
      'laboratory.test',
      'laboratory.specimen',
      'auth.user',
      'scheduling.ticket',
    ].map(idOf),
  );
  const { patient, visit } = await hms.db.one(sql.type(z.strictObject({ patient: z.uuid(), visit: z.uuid() }))`
    select patient_id as patient, id as visit from ehr.encounter order by status = 'in-progress' desc, id limit 1
  `);
  const other = await hms.db.oneFirst(
    sql.type(z.strictObject({ id: z.uuid() }))`select id from patients.patient where id <> ${patient} limit 1`,
  );
  const file = await hms.db.oneFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    insert into patients.import (name, encoding, delimiter, columns, meanings, created_by)
    select 'patients.csv', 'utf-8', ',', '{Name}', '{""}', ${user!} returning id
  `);
  return {
    ...hms,
    ids: {
      patient,
      other,
      visit,
      invoice: invoice!,
      claim: claim!,
      test: test!,
      specimen: specimen!,
      user: user!,
      ticket: ticket!,
      import: file,
    },
  };
};

/** What the page asked the server for and was refused for want of a permission; and a way to wait until it asks no more. */
export const listen = (page: Page) => {
  const refused: string[] = [];
  let open = 0;
  // Parts of the interface that come when they are first needed count too.
  page.on('request', () => (open += 1));
  page.on('requestfinished', () => (open -= 1));
  page.on('requestfailed', () => (open -= 1));
  page.on('response', (response) => {
    if (response.status() === 403) refused.push(`${response.request().method()} ${new URL(response.url()).pathname}`);
  });
  return {
    refused,
    /** Nothing has been on its way for a moment. */
    async quiet() {
      for (let still = 0; still < 3; still = open > 0 ? 0 : still + 1) await page.waitForTimeout(30);
    },
  };
};

/** As a click on a link does: the page is not loaded anew. */
export const clickTo = (page: Page, path: string): Promise<void> =>
  page.evaluate((href) => {
    const link = Object.assign(document.createElement('a'), { href });
    document.body.append(link);
    link.click();
    link.remove();
  }, path);

/** The same, until one is there. */
export const follow = async (page: Page, path: string): Promise<void> => {
  await clickTo(page, path);
  await page.waitForURL((url) => url.pathname + url.search === path);
};
