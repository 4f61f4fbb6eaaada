import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { doorPort } from '../../plugins/lab-adapter/door.ts';
import { dial, type Line } from '../../plugins/lab-adapter/mllp.ts';
import { etag } from '../ehr/ward.ts';
import type { Answer, Client } from '../hms.ts';
import { startBench, type Bench } from '../laboratory/bench.ts';
import { made } from '../ui/people.ts';
import { oru, type Oru } from './oru.ts';

/** A hospital with a laboratory elsewhere, and what every test of the connection does. */
export interface House extends Bench {
  admin: Client;
  /** A connection to the door for results. */
  line: () => Promise<Line>;
  /** An order whose specimen is collected; with the patient as a message names them. */
  collected: (codes: readonly string[], patient?: object) => Promise<Collected>;
  /** What the record says of a test of this patient, or undefined. */
  chart: (patientId: string, code: string) => Promise<ChartBody | undefined>;
  /** Messages of the list, newest first. */
  messages: (direction: 'in' | 'out', more?: string) => Promise<MessageBody[]>;
  /** Everything that waits is due now. */
  hurry: () => Promise<void>;
  /** Every invariant holds. */
  holds: () => Promise<void>;
}
export interface Collected {
  patientId: string;
  encounterId: string;
  order: Answer;
  specimenId: string;
  accession: string;
  patient: Oru['patient'];
}
export interface ChartBody {
  value: string | null;
  status: string;
  interpretation: string | null;
  corrections: { value: string; reason: string }[];
}
export interface MessageBody {
  id: string;
  version: number;
  state: string;
  reason: string | null;
  kind: string;
  controlId: string;
  accession: string | null;
  attempts: number;
}

export const startHouse = async (
  env: Record<string, string> = {},
  more: readonly string[] = ['messaging'],
): Promise<House> => {
  const bench = await startBench([...more, 'lab-adapter'], { OPENWARD_LAB_UNDO_SECONDS: '0', ...env });
  const admin = await bench.as('admin');
  const lines: Line[] = [];
  return {
    ...bench,
    admin,
    async line() {
      const line = await dial({ host: '127.0.0.1', port: doorPort(bench.hms), secure: false }, 10_000);
      lines.push(line);
      return line;
    },
    async collected(codes, own = {}) {
      const { patientId, encounterId } = await bench.visit(own);
      const order = await bench.order({ patientId, encounterId }, codes);
      const [specimen] = order.body.specimens;
      await made(bench.nurse, `/api/laboratory/specimens/${specimen.id}/collect`, {}, etag(specimen.version));
      const { body: patient } = await bench.clerk.get(`/api/patients/${patientId}`);
      return { patientId, encounterId, order, specimenId: specimen.id, accession: specimen.accession, patient };
    },
    async chart(patientId, code) {
      const { body } = await bench.doctor.get(`/api/laboratory/results?patientId=${patientId}&code=${code}`);
      return body.items[0];
    },
    async messages(direction, query = '') {
      return (await bench.labtech.get(`/api/lab-messages?direction=${direction}${query}`)).body.items;
    },
    async hurry() {
      await bench.settle();
      await bench.db.query(
        sql.unsafe`update lab_adapter.outgoing set next_at = clock_timestamp() where state = 'waiting'`,
      );
      bench.hms
        .db(service('test'))
        .announce({ name: 'lab-adapter.message-queued', subjectId: '00000000-0000-0000-0000-000000000000' });
    },
    async holds() {
      for (const plugin of bench.hms.plugins)
        for (const [rule, query] of Object.entries(plugin.invariants ?? {})) {
          const broken = await bench.db.any(query);
          if (broken.length > 0) throw new Error(`${plugin.name}: ${rule}: ${JSON.stringify(broken.slice(0, 3))}`);
        }
    },
    async stop() {
      for (const line of lines) line.close();
      await bench.stop();
    },
  };
};

/** MSA-1, MSA-2 and the fault in ERR-3. */
export const told = (answer: string): { code: string; controlId: string; fault: string } => {
  const fields = (name: string) =>
    answer
      .split('\r')
      .find((it) => it.startsWith(name))
      ?.split('|') ?? [];
  return {
    code: fields('MSA')[1] ?? '',
    controlId: fields('MSA')[2] ?? '',
    fault: fields('ERR')[3]?.split('^')[1] ?? '',
  };
};
export const result = (
  at: Pick<Collected, 'patient' | 'accession'>,
  controlId: string,
  results: Oru['results'],
  more: Partial<Oru> = {},
) => oru({ controlId, patient: at.patient, accession: at.accession, results, ...more });
