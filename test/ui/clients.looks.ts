import type { TestHms } from '../hms.ts';
import { newPair, newPkce, setOf } from '../oauth/partner.ts';
import { looks, type Scene } from './looks.ts';
import { made } from './people.ts';

const back = 'https://growth.example/back';
const staffScopes = ['openid', 'fhirUser', 'offline_access', 'user/Patient.rs', 'user/Observation.crus'];
const patientScopes = ['launch/patient', 'patient/Observation.rs', 'patient/Condition.rs'];
let app = '';
let server = '';

async function furnish(hms: TestHms) {
  const admin = await hms.as('admin');
  await made(admin, '/api/clients', {
    name: 'Vaccination registry of the state',
    kind: 'service',
    scopes: ['system/Patient.rs', 'system/Practitioner.r', 'system/Organization.r'],
    keys: setOf(await newPair('ES384'), await newPair('RS384')),
  });
  const registered = await made(admin, '/api/clients', {
    name: 'Growth charts',
    kind: 'app',
    scopes: [...staffScopes, ...patientScopes],
    redirectUris: [back],
  });
  app = registered.id as string;
  server = `${hms.hms.config.origin}/fhir/R4`;
}
const asking = () =>
  Promise.resolve(
    `/oauth2/auth?${new URLSearchParams({
      response_type: 'code',
      client_id: app,
      redirect_uri: back,
      scope: [...staffScopes, ...patientScopes].join(' '),
      state: 'x',
      aud: server,
      code_challenge: newPkce().challenge,
      code_challenge_method: 'S256',
    }).toString()}`,
  );

const admin = { as: 'admin', path: '/clients' };
const scenes: Scene[] = [
  { page: 'clients', state: 'filled', ...admin },
  {
    page: 'clients',
    state: 'dialog',
    ...admin,
    arrange: (page) => page.getByRole('button', { name: /^Change Growth/ }).click(),
  },
  {
    page: 'clients',
    state: 'dialog-error',
    ...admin,
    async arrange(page) {
      await page.getByRole('button', { name: 'Register a system' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Name').fill('Registry');
      await dialog.getByLabel('May ask for').fill('system/Patient.read');
      await dialog.getByRole('button', { name: 'Register a system' }).click();
      await dialog.getByRole('alert').waitFor();
    },
  },
  { page: 'connect', state: 'staff', as: 'doctor', path: asking },
  { page: 'connect', state: 'patient', as: 'patient', path: asking },
  { page: 'connect', state: 'refused', path: '/connect/refused?error=invalid_redirect_uri' },
];

looks('client systems', scenes, furnish);
