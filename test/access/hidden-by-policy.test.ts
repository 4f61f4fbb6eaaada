import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Config } from '../../core/config.ts';
import { openHouse, type House } from './hospital.ts';
import { doorsOf } from './doors.ts';
import { fillEveryTable } from './every-table.ts';
import { readAll, type Door } from './reading.ts';
import { secretsOf } from './secrets.ts';

/*
 * Under `sites` and `care-relation` somebody who may do everything has to do with every second patient. Through every door they
 * are shown those, nothing of the others, and no door fails.
 */
const test = suite('access: hidden by the policy of the house');

const me = `(select id from auth."user" where username = 'everything-plain')`;
const strangers = `(select id from hidden_by_policy)`;
const bind = {
  'care-relation': `
    delete from core.access_relation where subject_id in ${strangers} or user_id = ${me};
    delete from core.access_circle where subject_id in ${strangers};
    insert into core.access_relation (user_id, subject_id, kind)
    select ${me}, p.id, 'test' from patients.patient p where p.id not in ${strangers}`,
  sites: `
    delete from core.subject_site where subject_id in ${strangers};
    insert into core.user_site (user_id, site_id) select distinct ${me}, site_id from core.subject_site on conflict do nothing`,
};

/** Whoever reviews must know what was done to whom, and that a glass was broken. */
const isReview = ({ path }: Door): boolean => /audit/i.test(path) || path.startsWith('/api/break-glass');

for (const policy of Object.keys(bind) as (keyof typeof bind & Config['seePolicy'])[])
  test(`${policy}: every door shows one’s own patients and nothing of the others`, async () => {
    const house: House = await openHouse();
    try {
      await fillEveryTable(house);
      // From now on; what was filled in was filled in by somebody who saw everybody.
      house.hms.config.seePolicy = policy;
      const secrets = await secretsOf(house);
      const doors = await doorsOf(house);
      await house.asAdmin(`
        create table public.hidden_by_policy as select subject_id as id from core.subject_label;
        delete from core.subject_label;
        set search_path to public, core; ${bind[policy]}`);
      const client = house.caller('everything');
      const [leaks, broken]: [string[], string[]] = [[], []];
      let telling = 0;
      for (const door of doors) {
        const text = await readAll(client, door, 3);
        if (/^5\d\d /m.test(text)) broken.push(`${door.name}: ${text.slice(0, 120)}`);
        if (isReview(door)) continue;
        const shown = secrets.in(text);
        if (shown.length > 0) leaks.push(`${door.name}: ${shown.slice(0, 3).join(', ')}`);
        if ([...house.owners].some(([id, patient]) => !house.protectedPatients.has(patient) && text.includes(id)))
          telling += 1;
      }
      assert.equal(broken, []);
      assert.equal(leaks, []);
      assert.ok(telling > 150, `${telling} doors showed somebody`);
    } finally {
      await house.stop();
    }
  });
test.run();
