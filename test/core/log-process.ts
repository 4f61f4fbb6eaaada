// A hospital that says everything it has to say, and is asked for things that go well and things that do not.
import { causeOf, sql } from '../../core/database.ts';
import { password, startHms } from '../hms.ts';

const name = process.argv[2]!;
const hms = await startHms(['auth', 'facility', 'patients'], { env: { LOG_LEVEL: 'trace' } });
const clerk = await hms.as('receptionist');
const patient = { resourceType: 'Patient', name: [{ family: name, given: ['Eva'] }], birthDate: '1970-05-04' };
const { body } = await clerk.post('/fhir/R4/Patient', patient);
await clerk.get(`/fhir/R4/Patient?family=${name}`);
await clerk.get(`/fhir/R4/Patient?family:near=${name}`);
await clerk.get(`/api/${name}`);
await clerk.post('/api/patients/search', { text: name });
await clerk.post('/api/patients', { familyName: name, unknown: name });
await clerk.post('/fhir/R4/Patient', `{"name":"${name}`, { 'content-type': 'application/json' });
// What somebody types, holds and is given when they sign in.
await hms.anonymous.post('/api/auth/login', { username: name, password: `${name}-as-a-password` });
await hms.anonymous.get('/api/platform', { authorization: `Bearer ${name}`, cookie: `openward-session=${name}` });
const entered = await hms.anonymous.post('/api/auth/login', { username: 'nurse', password });
const cookie = entered.headers.get('set-cookie')!.split(';')[0]!;
await hms.anonymous.post('/api/auth/refresh', {}, { cookie, 'x-openward': '1', origin: hms.url });
process.stdout.write(
  JSON.stringify({ secrets: [entered.body.accessToken, entered.body.keptKey, cookie.split('=')[1]] }),
);
// A fault of ours, with the values in what PostgreSQL says of it.
await hms.db
  .query(sql.unsafe`alter table patients.patient add constraint broken check (family_name <> ${name}) not valid`)
  .catch(causeOf);
await clerk.put(`/fhir/R4/Patient/${body.id}`, { ...patient, id: body.id, gender: 'other' });
await hms.db.query(sql.unsafe`alter table core.audit rename to audit_gone`);
await clerk.get(`/fhir/R4/Patient/${body.id}`);
await hms.db.query(sql.unsafe`alter table core.audit_gone rename to audit`);
await hms.stop();
