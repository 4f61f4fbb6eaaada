import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { readConfig } from '../../core/config.ts';
import { databaseFor, openPool, sql, type Db } from '../../core/database.ts';
import { openHms, prepareDatabase, type Hms } from '../../core/hms.ts';
import { loadPlugins, shipped } from '../../core/loader.ts';
import { removeInstance, startPostgres } from '../../core/postgres/index.ts';
import { door } from '../../plugins/lab-adapter/door.ts';
import { seed } from '../demo.ts';
import { progressBar } from '../progress.ts';

export interface Bench {
  hms: Hms;
  owner: Db;
  /** Its folder. */
  home: string;
  /** A patient with a thousand visits. */
  longRecord: string;
  stop: () => Promise<void>;
}

/** A hospital of its own, in a folder that is removed: durable as in real life, with as many patients as asked for. */
export const openBenchHospital = async (patients: number): Promise<Bench> => {
  const home = mkdtempSync(join(tmpdir(), 'openward-bench-'));
  const postgres = await startPostgres({ home });
  const plugins = await loadPlugins(shipped());
  // Relay and jobs are no part of a request.
  const env = {
    PORT: '0',
    LOG_LEVEL: 'error',
    OPENWARD_ROLE: 'web',
    OPENWARD_MLLP_PORT: '0',
    OPENWARD_LIMITS: 'all=999999999',
  };
  const config = readConfig(env, plugins);
  await prepareDatabase(postgres.urls.owner, plugins);
  const bar = progressBar(plugins.filter((plugin) => plugin.demo).length);
  await seed(postgres.urls.owner, plugins, config, { patients, visitsPerPatient: 1 }, bar);
  bar.done(`${patients.toLocaleString('en')} patients`);
  const pool = await openPool(postgres.urls.owner, { max: 2, statementTimeout: 300_000 });
  const owner = databaseFor(pool, { actor: service('bench'), policy: 'open' });
  const longRecord = await owner.transaction(makeLongRecord);
  await owner.query(sql.unsafe`vacuum analyze`);
  const hms = await openHms({ config, plugins, urls: postgres.urls });
  const results = await door.start(hms); // it stands open where work is done, and is the one door here that is not HTTP
  return {
    hms,
    home,
    owner,
    longRecord,
    async stop() {
      await results.stop();
      await hms.stop();
      await pool.end();
      await postgres.stop();
      removeInstance(home);
      rmSync(home, { recursive: true, force: true });
    },
  };
};

/** One visit a week for nineteen years, each with a diagnosis, a note and three vital signs. */
const makeLongRecord = async (tx: Db): Promise<string> => {
  const id = await tx.oneFirst(sql.type(z.object({ id: z.uuid() }))`
    insert into patients.patient (family_name, given_name, gender, birth_date, phone, city)
    values ('Longrecord', 'Ada', 'female', '1941-03-08', '+49 30 5550 0000', 'Lindenau')
    returning id
  `);
  await tx.query(sql.unsafe`
    with visit as (
      insert into ehr.encounter (patient_id, status, class, practitioner_id, arrived_at, started_at, ended_at)
      select ${id}, 'finished', 'AMB', (select p.id from facility.practitioner p order by p.id offset n % 12 limit 1),
        core.now() - make_interval(weeks => n), core.now() - make_interval(weeks => n) + interval '10 minutes', core.now() - make_interval(weeks => n) + interval '30 minutes'
      from generate_series(1, 1000) n
      returning id, started_at
    ), diagnosis as (
      insert into ehr.condition (patient_id, encounter_id, code_system, code, display, category, recorded_at)
      select ${id}, v.id, 'http://hl7.org/fhir/sid/icd-10-cm', 'I10', 'Essential (primary) hypertension', 'encounter-diagnosis', v.started_at from visit v
    )
    insert into ehr.observation (patient_id, encounter_id, category, code_system, code, display, value, unit, effective_at)
    select ${id}, v.id, 'vital-signs', 'http://loinc.org', o.code, o.display, o.value, o.unit, v.started_at
    from visit v
    cross join (values ('8867-4', 'Heart rate', 72, '/min'), ('8310-5', 'Body temperature', 36.7, 'Cel'), ('29463-7', 'Body weight', 71.5, 'kg')) o (code, display, value, unit)
  `);
  return id;
};
