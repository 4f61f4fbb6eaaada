import * as assert from 'uvu/assert';
import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { workImports } from '../../plugins/patients/import/jobs/index.ts';
import { startHms, type Answer, type Client, type TestHms } from '../hms.ts';

/** A file of patients, and what the tests of imports do with it. */
export const plugins = ['auth', 'facility', 'patients'];
export const heading = 'Family name,Given names,Birth date,Sex,Phone,City';
export const file = (text: string | Buffer, name = 'patients.csv') => ({
  name,
  content: Buffer.from(text).toString('base64'),
});
export const send = (client: Client, text: string | Buffer) => client.post('/api/patients/imports', file(text));
export const lines = (...all: string[]) => [heading, ...all].join('\n');
export const version = (it: { version: number }) => ({ 'if-match': `W/"${it.version}"` });
export const work = async ({ hms }: { hms: TestHms }) => {
  const db = hms.hms.db(service('patients'));
  const waits = () => hms.db.exists(sql.unsafe`select from patients.import where status in ('checking', 'taking')`);
  while (await waits()) await workImports(db, hms.hms);
};
export type At = { hms: TestHms; clerk: Client };
/** Sent, and looked at. */
export const checked = async (at: At, text: string | Buffer, client = at.clerk): Promise<Answer['body']> => {
  const sent = await send(client, text);
  assert.is(sent.status, 201, JSON.stringify(sent.body));
  await work(at);
  return (await client.get(`/api/patients/imports/${sent.body.id}`)).body;
};
export const take = (client: Client, it: { id: string; version: number }, body: object = {}) =>
  client.post(`/api/patients/imports/${it.id}/take`, body, version(it));
export const decide = (client: Client, it: { id: string; version: number }, body: object) =>
  client.post(`/api/patients/imports/${it.id}/decisions`, body, version(it));
export const all = async (client: Client, id: string, query = ''): Promise<Answer['body'][]> => {
  const items: Answer['body'][] = [];
  for (let cursor = ''; ;) {
    const { body, status } = await client.get(`/api/patients/imports/${id}/lines?limit=100${query}${cursor}`);
    assert.is(status, 200, JSON.stringify(body));
    items.push(...body.items);
    if (!body.next) return items;
    cursor = `&cursor=${body.next}`;
  }
};
export const Count = z.strictObject({ count: z.int() });
export const patients = ({ hms }: At) =>
  hms.db.oneFirst(sql.type(Count)`select count(*)::int as count from patients.patient`);
export const imports = ({ hms }: At) =>
  hms.db.oneFirst(sql.type(Count)`select count(*)::int as count from patients.import`);
export const problem = ({ status, body }: Answer) => [status, String(body.type).replace('/problems/', '')];

const letters = 'bcdfghjklmnprstvwz';
/** Names that sound like no other's. */
export const nameOf = (n: number): string => {
  let name = '';
  for (let rest = n + 7; rest > 0; rest = Math.floor(rest / letters.length))
    name += letters[rest % letters.length]! + 'aeiou'[(n + name.length) % 5]!;
  return name[0]!.toUpperCase() + name.slice(1);
};
export const many = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => {
    const n = from + i;
    const born = new Date(Date.UTC(1930, 0, 1 + (n % 6500) * 5)).toISOString().slice(0, 10);
    return `${nameOf(n * 37 + 11)},${nameOf(n * 91 + 5)},${born},${n % 2 ? 'm' : 'f'},+49 30 7${String(n).padStart(6, '0')},Berlin`;
  });

/** The hospital's own worker sleeps: each test says when the work is done. */
export const open = async (at: { hms: TestHms; clerk: Client; admin: Client }): Promise<void> => {
  at.hms = await startHms(plugins, { now: '2026-03-02T09:00:00Z', speed: 1, env: { OPENWARD_ROLE: 'web' } });
  at.clerk = await at.hms.as('receptionist');
  at.admin = await at.hms.as('admin');
};
