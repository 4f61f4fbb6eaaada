// npm run permissions [-- --csv]: who may do what about whom, by the plugins' own grants: each route, grouped by plugin, and the roles.
import { parseArgs } from 'node:util';
import { ensureMessages } from './messages.ts';

await ensureMessages();
// Only now: they speak the messages, which a fresh clone does not have before.
const { readHospital } = await import('../core/loader.ts');
const { asCsv, asPage, permissionRows } = await import('./permissions/rows.ts');

const { values } = parseArgs({ options: { csv: { type: 'boolean', default: false } } });
const { plugins } = await readHospital(process.env);
// An installed hospital has no tests beside it.
const table = await import('../test/access/matrix.ts').then(
  ({ readMatrix }) => readMatrix(),
  () => undefined,
);
const rows = permissionRows(plugins, table);
console.log(values.csv ? asCsv(rows) : asPage(rows));
