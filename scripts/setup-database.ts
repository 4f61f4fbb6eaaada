// npm run setup-database: on a PostgreSQL 18 of yours, makes the three roles and the extensions that OpenWard needs.
// ADMIN_URL is a superuser's (or a managed server's admin's) connection to the database that OpenWard shall live in.
import pg from 'pg';
import { extensions, roles } from '../core/postgres/databases.ts';

const addresses = {
  owner: process.env.DATABASE_OWNER_URL,
  app: process.env.DATABASE_URL,
  patient: process.env.DATABASE_PATIENT_URL,
};
const { ADMIN_URL } = process.env;

const passwordOf = (role: string, url: string | undefined): string => {
  const { username, password } = new URL(url ?? 'postgres://nobody');
  if (decodeURIComponent(username) !== role || !password)
    throw new Error(
      `The address of "${role}" must name the user ${role} and a password: postgres://${role}:…@host/database`,
    );
  return decodeURIComponent(password);
};

const setUp = async (client: pg.Client): Promise<void> => {
  for (const role of roles) {
    const password = client.escapeLiteral(passwordOf(role, addresses[role]));
    const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
    await client.query(`${rowCount ? 'alter' : 'create'} role ${role} login password ${password}`);
    await client.query(`alter role ${role} set timezone = 'UTC'`);
  }
  const { rows } = await client.query<{ name: string }>('select current_database() as name');
  const database = client.escapeIdentifier(rows[0]?.name ?? '');
  await client.query(`revoke all on database ${database} from public`);
  await client.query(`grant connect, create on database ${database} to owner`);
  await client.query(`grant connect on database ${database} to app, patient`);
  for (const extension of extensions) await client.query(`create extension if not exists ${extension}`);
};

try {
  if (!ADMIN_URL) throw new Error('Set ADMIN_URL, DATABASE_OWNER_URL, DATABASE_URL and DATABASE_PATIENT_URL.');
  const client = new pg.Client({ connectionString: ADMIN_URL });
  await client.connect();
  await setUp(client).finally(() => client.end());
  console.log('Roles and extensions are there. Next: npm run migrate');
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
