import { sql, type Db } from '../../core/database.ts';
import { z } from 'zod';

/** What the demo hospital sends to the reference laboratory; the rest is measured in the house. Troponin among it, so that what is critical comes from there too. */
const sections = ['endocrinology', 'coagulation', 'microbiology'];
const tests = ['TNT', 'NTBNP', 'B12', 'FOL', 'VITD', 'PSA'];

export const demoConnections = async (owner: Db): Promise<void> => {
  await owner.query(sql.unsafe`
    update lab_adapter.connection set name = case kind when 'mllp' then 'Northside Laboratories' else 'University Laboratory' end
  `);
  await owner.query(sql.unsafe`
    insert into lab_adapter.performed (connection_id, section, test_id)
    select c.id, section, null::uuid from lab_adapter.connection c, unnest(${sql.array(sections, 'text')}) section where c.kind = 'mllp'
    union all
    select c.id, null, t.id from lab_adapter.connection c join laboratory.test t on t.code = any(${sql.array(tests, 'text')}) where c.kind = 'mllp'
  `);
  await strayResults(owner);
};

const Seen = z.strictObject({
  recordNumber: z.string(),
  familyName: z.string(),
  givenName: z.string(),
  day: z.string().nullable(),
  time: z.string(),
  at: z.string(),
});

/** Two results that a person has to match: the laboratory has typed the number of the specimen. */
const strayResults = async (owner: Db): Promise<void> => {
  const seen = await owner.any(sql.type(Seen)`
    select p.record_number, p.family_name, p.given_name, to_char(p.birth_date, 'YYYYMMDD') as day, to_char(s.collected_at, 'YYYYMMDDHH24MISS') || '+0000' as time,
      least(core.now(), s.collected_at + interval '40 minutes') as at
    from laboratory.specimen s
    join patients.patient p on p.id = s.patient_id
    where s.requisition_id is not null and s.container_code = 'SST' and s.received_at is not null
    order by s.collected_at desc, s.id
    limit 2
  `);
  for (const [n, it] of seen.entries()) {
    const controlId = `NL24${String(n + 1)}07`;
    const body = [
      `MSH|^~\\&|LAB|NORTHSIDE|OPENWARD|HOSPITAL|${it.time}||ORU^R01^ORU_R01|${controlId}|P|2.5.1||||||UNICODE UTF-8`,
      `PID|1||${it.recordNumber}^^^OPENWARD^MR||${it.familyName}^${it.givenName}||${it.day ?? ''}`,
      'OBR|1||L0000471|CRP^C-reactive protein^L',
      `OBX|1|NM|1988-5^C-reactive protein^LN||${n === 0 ? '12.4' : '3.1'}|mg/L^^UCUM|<5|${n === 0 ? 'H' : 'N'}|||F`,
      'SPM|1|L0000471',
    ].join('\r');
    await owner.query(sql.unsafe`
      insert into lab_adapter.incoming (connection_id, sender, control_id, digest, message_type, body, state, reason, code, answer, created_at)
      select id, 'LAB|NORTHSIDE', ${controlId}, encode(sha256(convert_to(${body}, 'UTF8')), 'hex'), 'ORU^R01', ${body}, 'parked', 'unknown-order', 'AA',
        ${`MSH|^~\\&|OPENWARD|HOSPITAL|LAB|NORTHSIDE|${it.time}||ACK^R01^ACK|OW${controlId}|P|2.5.1\rMSA|AA|${controlId}\r`}, ${it.at}::timestamptz
      from lab_adapter.connection where kind = 'mllp'
    `);
  }
};
