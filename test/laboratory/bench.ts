import * as assert from 'uvu/assert';
import { etag, startWard, type Ward } from '../ehr/ward.ts';
import type { Answer, Client } from '../hms.ts';

/** A ward with a laboratory, and what every test of it does again and again. Each act goes through the front door. */
export interface Bench extends Ward {
  labtech: Client;
  /** Ids of tests and panels by their short names. */
  ids: Readonly<Record<string, { testId: string } | { panelId: string }>>;
  /** A visit that has begun. */
  visit: (more?: object) => Promise<{ patientId: string; encounterId: string }>;
  order: (at: { patientId: string; encounterId?: string }, codes: readonly string[], more?: object) => Promise<Answer>;
  /** The order's specimens, collected and received. */
  toBench: (order: Answer) => Promise<SpecimenBody[]>;
  /** Enters these values by LOINC code; gives the specimen afterwards. */
  enter: (specimen: SpecimenBody, values: Readonly<Record<string, string>>) => Promise<Answer>;
  verify: (specimen: SpecimenBody) => Promise<Answer>;
  /** From order to verified in one go. */
  measured: (
    at: { patientId: string; encounterId?: string },
    code: string,
    values: Readonly<Record<string, string>>,
  ) => Promise<ResultBody>;
}

export interface ResultBody {
  id: string;
  version: number;
  status: string;
  code: string;
  kind: string;
  value: string | null;
  interpretation: string | null;
  low: string | null;
  high: string | null;
  criticalHigh: string | null;
  previous: { value: string } | null;
  corrections: { value: string; reason: string }[];
}
export interface SpecimenBody {
  id: string;
  version: number;
  accession: string;
  step: string;
  results: ResultBody[];
}

const made = (answer: Answer, status = 200): Answer => {
  if (answer.status !== status) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
};

export const startBench = async (more: readonly string[] = [], env: Record<string, string> = {}): Promise<Bench> => {
  const ward = await startWard(['laboratory', ...more], env);
  const labtech = await ward.as('labtech');
  const { items } = (await labtech.get('/api/laboratory/orderables?limit=200')).body;
  const ids = Object.fromEntries(
    items.map((it: { code: string; id: string; kind: string }) => [it.code, { [`${it.kind}Id`]: it.id }]),
  ) as Bench['ids'];
  const bench: Bench = {
    ...ward,
    labtech,
    ids,
    async visit(own = {}) {
      const patientId = await ward.patient(own);
      const { body } = made(await ward.walkIn(patientId), 201);
      made(await ward.doctor.post(`/api/encounters/${body.id}/start`, {}, etag(body.version)));
      return { patientId, encounterId: body.id };
    },
    order: (at, codes, own = {}) =>
      ward.doctor.post('/api/laboratory/orders', { ...at, items: codes.map((code) => ids[code]), ...own }),
    async toBench(order) {
      made(order, 201);
      const received: SpecimenBody[] = [];
      for (const { id, version } of order.body.specimens) {
        const { body } = made(await ward.nurse.post(`/api/laboratory/specimens/${id}/collect`, {}, etag(version)));
        received.push(made(await labtech.post(`/api/laboratory/specimens/${id}/receive`, {}, etag(body.version))).body);
      }
      return received;
    },
    enter: (specimen, values) =>
      labtech.post(`/api/laboratory/specimens/${specimen.id}/results`, {
        results: specimen.results
          .filter(({ code }) => code in values)
          .map(({ id, version, code, kind }) => ({
            id,
            version,
            [kind === 'numeric' ? 'value' : kind === 'coded' ? 'valueCode' : 'valueText']: values[code],
          })),
      }),
    verify: (specimen) =>
      labtech.post(`/api/laboratory/specimens/${specimen.id}/verify`, {
        results: specimen.results.filter((it) => it.status === 'entered').map(({ id, version }) => ({ id, version })),
      }),
    async measured(at, code, values) {
      const [specimen] = await bench.toBench(await bench.order(at, [code]));
      assert.ok(specimen);
      const entered = made(await bench.enter(specimen, values));
      return made(await bench.verify(entered.body)).body.results[0];
    },
  };
  return bench;
};

/** LOINC codes that tests use. */
export const potassium = '2823-3';
export const haemoglobin = '718-7';
