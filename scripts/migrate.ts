// npm run migrate: brings the database to this version. Needs DATABASE_OWNER_URL, or works on the embedded server.
import { prepareDatabase } from '../core/hms.ts';
import { withHospital } from './settings.ts';

await withHospital(async ({ plugins, urls }) => {
  await prepareDatabase(urls.owner, plugins, console.log);
  console.log('The database is up to date.');
});
