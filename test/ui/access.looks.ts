import type { TestHms } from '../hms.ts';
import { looks, type Scene } from './looks.ts';
import { made } from './people.ts';

let porter = '';
let nurse = '';

async function furnish(hms: TestHms) {
  const admin = await hms.as('admin');
  const { items } = (await admin.get('/api/users')).body;
  nurse = items.find((it: { username: string }) => it.username === 'nurse').id;
  const role = { title: 'Night porter', permissions: ['facility:read', 'appointment:read', 'bed:write'], denied: ['patient:read'], secondFactor: true }; // prettier-ignore
  porter = (await made(admin, '/api/roles', role)).name;
  const deputy = await made(admin, '/api/users', { username: 'deputy', displayName: 'Deputy of the ward', password: 'openward-demo', roles: ['nurse'] }); // prettier-ignore
  const until = '2027-06-30T21:59:59Z';
  for (const [id, name, reason] of [
    [nurse, 'cashier', 'Covers the till in the holidays'],
    [deputy.id, porter, 'Keeps the keys in June'],
    [nurse, 'labtech', 'Helped out when the laboratory was short of hands'],
  ])
    await made(admin, `/api/users/${id}/grants`, { role: name, reason, until });
  await made(admin, `/api/users/${nurse}/grants/labtech/end`, {});
}

const admin = { as: 'admin' };
const scenes: Scene[] = [
  { page: 'roles', state: 'filled', ...admin, path: '/roles' },
  { page: 'role', state: 'ships', ...admin, path: '/roles/nurse' },
  { page: 'role', state: 'own', ...admin, path: () => Promise.resolve(`/roles/${porter}`) },
  { page: 'role', state: 'patients', ...admin, path: '/roles/patient' },
  {
    page: 'role',
    state: 'new-error',
    ...admin,
    path: '/roles/new',
    async arrange(page) {
      await page.getByRole('button', { name: 'Make a role' }).click();
      await page.getByRole('alert').waitFor();
    },
  },
  {
    page: 'role',
    state: 'delete-dialog',
    ...admin,
    path: () => Promise.resolve(`/roles/${porter}`),
    async arrange(page) {
      await page.getByRole('button', { name: 'Delete role' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { page: 'permissions', state: 'filled', ...admin, path: '/roles/permissions' },
  { page: 'permission', state: 'filled', ...admin, path: '/roles/permissions/patient:read' },
  { page: 'grants', state: 'filled', ...admin, path: () => Promise.resolve(`/users/${nurse}`) },
  {
    page: 'grants',
    state: 'dialog-error',
    ...admin,
    path: () => Promise.resolve(`/users/${nurse}`),
    async arrange(page) {
      await page.getByRole('button', { name: 'Give a role' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Give a role' }).click();
      await dialog.getByRole('alert').waitFor();
    },
  },
  { page: 'why', state: 'filled', as: 'nurse', path: '/why' },
  { page: 'why', state: 'asked', as: 'nurse', path: '/why?permission=user:write' },
  {
    page: 'why',
    state: 'none-found',
    as: 'nurse',
    path: '/why',
    arrange: (page) => page.getByRole('searchbox').fill('qqzzx'),
  },
  {
    page: 'refused',
    state: 'act',
    ...admin,
    path: () => Promise.resolve(`/users/${nurse}`),
    async arrange(page) {
      await page.route('**/grants/nurse/end', (route) =>
        route.fulfill({
          status: 403,
          contentType: 'application/problem+json',
          json: {
            type: '/problems/permission-missing',
            title: 'Not allowed',
            status: 403,
            detail: 'You lack the permission “Add and change users” (user:write). Ask Administrator for it.',
            permission: 'user:write',
            permissionTitle: 'Add and change users',
            givers: ['Administrator'],
            roles: ['Administrator'],
          },
        }),
      );
      await page.getByRole('button', { name: /^End the role Nurse/ }).click();
      await page.getByText('This was refused').waitFor();
    },
    leave: (page) => page.unrouteAll(),
  },
];

looks('roles and why', scenes, furnish);
