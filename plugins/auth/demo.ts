import { sql, type Db } from '../../core/database.ts';
import { say } from '../../core/messages.ts';
import { hashPassword } from './password.ts';
import { demoRoles } from './roles/defaults.ts';

export const demoPassword = 'openward-demo';

/** One user for each role. Known passwords stop a production start, so these exist in demos only. */
export const demoUsers = async (owner: Db, plan: { passwordPepper: string }): Promise<void> => {
  const hash = await hashPassword(demoPassword, plan);
  const users = demoRoles.map((role) => [role, say(`role_${role}`, 'en')]);
  await owner.query(sql.unsafe`
    with made as (
      insert into auth."user" (username, display_name, password_hash)
      select username, display_name, ${hash} from ${sql.unnest(users, ['text', 'text'])} u (username, display_name)
      on conflict do nothing
      returning id, username
    )
    insert into auth.user_role (user_id, role) select id, username::text from made
  `);
};
