/**
 * A laboratory for the demo hospital and for tests: HL7 v2 over MLLP and FHIR R4 on real sockets, in memory. It takes orders, and after
 * some time it sends results that one could believe. What happens to a specimen follows from its number alone:
 *
 *   1 in 4    a preliminary value first              1 in 15   the final value is corrected afterwards
 *   1 in 10   late                                   1 in 8    sent twice
 *   1 in 20   a broken message first, then the good one
 *
 * and 1 value in 30 is critical where its test has such a limit.
 *
 * `node scripts/lab-simulator.ts [port] [hospital's port]`. Delays in milliseconds; `speed` divides them.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type * as fhir from 'fhir/r4.js';
import { Message } from 'node-hl7-client';
import { dial, listen, type Line } from '../plugins/lab-adapter/mllp.ts';

export interface LaboratoryRules {
  /** Of 1,000 specimens so many; critical: of 1,000 values. */
  critical: number;
  corrected: number;
  late: number;
  twice: number;
  broken: number;
  preliminary: number;
}
const usual: LaboratoryRules = { critical: 33, corrected: 67, late: 100, twice: 125, broken: 50, preliminary: 250 };

export interface Delays {
  preliminary: number;
  final: number;
  late: number;
  correction: number;
}
const usualDelays: Delays = { preliminary: 3_000, final: 7_000, late: 40_000, correction: 45_000 };

export interface Laboratory {
  /** Where orders go. */
  url: string;
  fhirUrl: string;
  /** What it has received, each as it was written. */
  received: () => readonly string[];
  serviceRequests: () => readonly fhir.ServiceRequest[];
  /** Connections are refused while it is away. */
  away: (is: boolean) => Promise<void>;
  /** So many messages are taken, and their answers lost. */
  loseAnswers: (count: number) => void;
  /** Answers so many messages with AE. */
  refuse: (count: number) => void;
  /** Sends everything now that would come later. */
  hurry: () => Promise<void>;
  stop: () => Promise<void>;
}

interface Test {
  code: string;
  loinc: string;
  display: string;
  kind: string;
  unit: string;
  decimals: number;
  low: number;
  high: number;
  criticalHigh: number | null;
  criticalLow: number | null;
}
const folder = join(import.meta.dirname, '../plugins/laboratory/terminology');
const rowsOf = (name: string): Record<string, string>[] => {
  const [heading = '', ...lines] = readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');
  const names = heading.split('\t');
  return lines.map((line) => Object.fromEntries(line.split('\t').map((value, n) => [names[n], value])));
};
const number = (text: string | undefined): number | null => (text ? Number(text) : null);
/** By LOINC: the tests it performs, and the panels with theirs. What is usual is the range of grown-ups. */
const catalogue = (): Map<string, Test[]> => {
  const ranges = rowsOf('ranges.tsv');
  const tests = rowsOf('tests.tsv').map((row): Test => {
    const own = ranges.filter((it) => it.test === row.code && !it.to_month);
    const range = own.at(-1) ?? ranges.filter((it) => it.test === row.code).at(-1);
    const [lowest, highest] = [Number(row.lowest || 0), Number(row.highest || 10)];
    const high = number(range?.high) ?? number(range?.low) ?? (lowest + highest) / 6;
    return {
      code: row.code ?? '',
      loinc: row.loinc ?? '',
      display: row.display ?? '',
      kind: row.kind ?? 'numeric',
      unit: row.unit ?? '',
      decimals: Number(row.decimals || 0),
      low: number(range?.low) ?? high * 0.3,
      high: number(range?.high) ?? high * 1.6,
      criticalHigh: number(range?.critical_high),
      criticalLow: number(range?.critical_low),
    };
  });
  const known = new Map(tests.map((it) => [it.loinc, [it]]));
  for (const panel of rowsOf('panels.tsv'))
    known.set(
      panel.loinc ?? '',
      (panel.tests ?? '').split(' ').flatMap((code) => tests.find((it) => it.code === code) ?? []),
    );
  return known;
};

/** A number in [0, most) that is always the same for a text. */
const pick = (text: string, most: number): number => createHash('sha1').update(text).digest().readUInt32BE(0) % most;

interface Job {
  placer: string;
  accession: string;
  panel: { code: string; display: string };
  tests: readonly Test[];
  /** PID as it came, so that the result says it in the hospital's own words. */
  pid: string;
}
interface Said {
  test: Test;
  value: string;
  flag: string;
}

export const startLaboratory = async ({
  port = 2576,
  fhirPort = 0,
  hospital = 2575,
  rules: own = {} as Partial<LaboratoryRules>,
  delays: ownDelays = {} as Partial<Delays>,
  speed = 1,
  seed = '',
  now = () => new Date(),
} = {}): Promise<Laboratory> => {
  const rules = { ...usual, ...own };
  const delays = { ...usualDelays, ...ownDelays };
  const known = catalogue();
  const received: string[] = [];
  const cancelled = new Set<string>();
  const door = { port, host: '127.0.0.1', peers: null, tls: null };
  let toLose = 0;
  let toRefuse = 0;
  let stopped = false;

  // -- what is found ----------------------------------------------------------------------------------------------------

  const chance = (accession: string, what: keyof LaboratoryRules): boolean =>
    pick(`${seed}${accession}${what}`, 1000) < rules[what];
  const measure = (test: Test, job: Job, again = false): Said => {
    const at = `${seed}${job.accession}${test.loinc}${again ? 'again' : ''}`;
    if (test.kind === 'coded') {
      const positive = pick(at, 100) < 8;
      return { test, value: positive ? 'Positive' : 'Negative', flag: positive ? 'A' : 'N' };
    }
    if (test.kind === 'text')
      return { test, value: pick(at, 100) < 80 ? 'No growth' : 'Growth of Escherichia coli', flag: '' };
    const spread = test.high - test.low;
    const deviation = (pick(`${at}a`, 1000) + pick(`${at}b`, 1000) + pick(`${at}c`, 1000) - 1499) / 1500;
    const isCritical = !again && chance(`${job.accession}${test.loinc}`, 'critical');
    const value =
      isCritical && test.criticalHigh !== null
        ? test.criticalHigh * 1.06
        : isCritical && test.criticalLow !== null
          ? test.criticalLow * 0.94
          : test.low + spread / 2 + deviation * spread * 0.62;
    const flag = value < test.low ? 'L' : value > test.high ? 'H' : 'N';
    return { test, value: Math.max(value, 0).toFixed(test.decimals), flag };
  };

  // -- what is said -----------------------------------------------------------------------------------------------------

  const time = (): string => `${now().toISOString().replace(/[-:T]/g, '').slice(0, 14)}+0000`;
  let messages = 0;
  const started = now().getTime().toString(36);
  const header = (): string =>
    `MSH|^~\\&|LAB|NORTHSIDE|OPENWARD|HOSPITAL|${time()}||ORU^R01^ORU_R01|NL${started}${String((messages += 1))}|P|2.5.1||||||UNICODE UTF-8`;
  const report = (job: Job, said: readonly Said[], status: 'P' | 'F' | 'C'): string =>
    `${[
      header(),
      job.pid,
      `ORC|RE|${job.placer}|${job.accession}`,
      `OBR|1|${job.placer}|${job.accession}|${job.panel.code}^${job.panel.display}^LN|||${time()}|||||||||||||||${time()}|||${status}`,
      ...said.map(
        ({ test, value, flag }, n) =>
        [
          'OBX', String(n + 1), { numeric: 'NM', coded: 'CWE' }[test.kind] ?? 'TX', `${test.loinc}^${test.display}^LN`, '', test.kind === 'coded' ? `^${value}` : value,
          test.kind === 'numeric' ? `${test.unit.replaceAll('^', '')}^^UCUM` : '', test.kind === 'numeric' ? `${String(test.low)}-${String(test.high)}` : '', flag, '', '', status, '', '', time(),
        ].join('|'), // prettier-ignore
      ),
      `SPM|1|${job.accession}`,
    ].join('\r')}\r`;

  // -- to the hospital, one after the other, until it has them -----------------------------------------------------------

  const outbox: string[] = [];
  let line: Line | undefined;
  let sending: Promise<void> | undefined;
  const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref());
  const flush = async (): Promise<void> => {
    while (outbox.length > 0 && !stopped) {
      try {
        line ??= await dial({ host: '127.0.0.1', port: hospital, secure: false }, 10_000);
        await line.ask(outbox[0] ?? '');
        outbox.shift();
      } catch {
        line?.close();
        line = undefined;
        await wait(1_000);
      }
    }
  };
  const send = (message: string): void => {
    outbox.push(message);
    sending ??= flush().finally(() => (sending = undefined));
  };

  const planned = new Map<NodeJS.Timeout, () => void>();
  const later = (ms: number, work: () => void): void => {
    const timer = setTimeout(() => {
      planned.delete(timer);
      work();
    }, ms / speed);
    timer.unref();
    planned.set(timer, work);
  };

  const begin = (job: Job): void => {
    const unless = (work: () => void) => () => {
      if (!cancelled.has(`${job.placer}${job.accession}`)) work();
    };
    const said = job.tests.map((test) => measure(test, job));
    const final = chance(job.accession, 'late') ? delays.late : delays.final;
    if (chance(job.accession, 'preliminary'))
      later(
        delays.preliminary,
        unless(() => send(report(job, said.slice(0, 1), 'P'))),
      );
    later(
      final,
      unless(() => {
        const message = report(job, said, 'F');
        if (chance(job.accession, 'broken'))
          send(message.replace(/\rOBR[^\r]*/, '').replace(/^(MSH(\|[^|]*){8}\|)/, '$1X'));
        send(message);
        if (chance(job.accession, 'twice')) send(message);
      }),
    );
    const numeric = job.tests.filter(({ kind }) => kind === 'numeric').slice(0, 1);
    if (chance(job.accession, 'corrected') && numeric.length > 0)
      later(
        final + delays.correction,
        unless(() =>
          send(
            report(
              job,
              numeric.map((test) => measure(test, job, true)),
              'C',
            ),
          ),
        ),
      );
  };

  // -- orders by HL7 ----------------------------------------------------------------------------------------------------

  const answerTo = (message: Message, code: string, text = ''): string =>
    `MSH|^~\\&|LAB|NORTHSIDE|OPENWARD|HOSPITAL|${time()}||ACK^${message.get('MSH.9.2').toString()}^ACK|NA${started}${String((messages += 1))}|P|2.5.1\rMSA|${code}|${message.get('MSH.10').toString()}|${text}\r`;
  const taken = new Set<string>();
  const take = (message: Message): void => {
    const id = message.get('MSH.10').toString();
    if (message.get('MSH.9.1').toString() !== 'OML' || taken.has(id)) return;
    taken.add(id);
    let pid = '';
    let job: Job | undefined;
    const ordered: { control: string; job: Job }[] = [];
    let control = '';
    for (let n = 0; n < message.length; n += 1) {
      const segment = message.get(n);
      const of = (place: string) => segment.get(place).toString();
      if (segment.name === 'PID') pid = segment.toRaw();
      else if (segment.name === 'ORC') control = of('1');
      else if (segment.name === 'OBR') {
        const code = of('4.1');
        job = {
          placer: of('2.1'),
          accession: '',
          panel: { code, display: of('4.2') },
          tests: known.get(code) ?? [],
          pid,
        };
        ordered.push({ control, job });
      } else if (segment.name === 'SPM' && job) job.accession = of('2.1');
    }
    for (const { control: what, job: it } of ordered) {
      if (what === 'CA') cancelled.add(`${it.placer}${it.accession}`);
      else if (it.tests.length > 0) begin(it);
    }
  };
  const serve = () =>
    listen(door, async ({ body }) => {
      const text = body.toString('utf8');
      const message = new Message({ text: text.trim() });
      if (toRefuse > 0) {
        toRefuse -= 1;
        return answerTo(message, 'AE', 'Not today');
      }
      received.push(text);
      take(message);
      if (toLose > 0) {
        toLose -= 1;
        throw new Error('the answer is lost');
      }
      return answerTo(message, 'AA');
    });
  let listener: Awaited<ReturnType<typeof serve>> | undefined = await serve();
  door.port = listener.port;

  const web = await startFhir(fhirPort, (it) => {
    const [patient, specimen] = ['Patient', 'Specimen'].map((type) =>
      it.contained?.find(({ resourceType }) => resourceType === type),
    );
    const code = it.code?.coding?.[0]?.code ?? '';
    const job: Job = {
      placer: it.identifier?.[0]?.value ?? '',
      accession: (specimen as fhir.Specimen | undefined)?.identifier?.[0]?.value ?? '',
      panel: { code, display: it.code?.text ?? '' },
      tests: (it.code?.coding ?? []).flatMap((coding) => known.get(coding.code ?? '') ?? []),
      pid: '',
    };
    return {
      wait: delays.final / speed,
      observations: () => job.tests.map((test) => observationOf(measure(test, job))),
      contained: [patient, specimen].filter((each) => each !== undefined),
    };
  });

  return {
    url: `mllp://127.0.0.1:${String(door.port)}`,
    fhirUrl: web.url,
    received: () => received,
    serviceRequests: web.requests,
    async away(is) {
      if (is) await listener?.stop();
      listener = is ? undefined : (listener ?? (await serve()));
    },
    loseAnswers: (count) => void (toLose = count),
    refuse: (count) => void (toRefuse = count),
    async hurry() {
      web.hurry();
      while (planned.size > 0)
        for (const [timer, work] of planned) {
          clearTimeout(timer);
          planned.delete(timer);
          work();
        }
      await sending;
    },
    async stop() {
      stopped = true;
      for (const timer of planned.keys()) clearTimeout(timer);
      line?.close();
      await listener?.stop();
      await web.stop();
    },
  };
};

// -- the same laboratory by FHIR ------------------------------------------------------------------------------------------

const observationOf = ({ test, value, flag }: Said): fhir.Observation => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: test.loinc, display: test.display }] },
  ...(test.kind === 'numeric'
    ? { valueQuantity: { value: Number(value), unit: test.unit, system: 'http://unitsofmeasure.org', code: test.unit } }
    : { valueString: value }),
  ...(flag
    ? {
        interpretation: [
          { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', code: flag }] },
        ],
      }
    : {}),
});

interface Work {
  wait: number;
  observations: () => fhir.Observation[];
  contained: fhir.FhirResource[];
}
interface Kept {
  request: fhir.ServiceRequest;
  work: Work;
  since: number;
}

const startFhir = async (port: number, begin: (it: fhir.ServiceRequest) => Work) => {
  const kept = new Map<string, Kept>();
  let hurried = false;
  const keyOf = (it: fhir.ServiceRequest) => it.identifier?.[0]?.value ?? '';
  const reports = (since: string | null): fhir.FhirResource[] =>
    [...kept.values()]
      .filter(
        ({ request, work, since: at }) => request.status === 'active' && (hurried || Date.now() - at >= work.wait),
      )
      .flatMap(({ request, work, since: at }) => {
        const lastUpdated = new Date(at + work.wait).toISOString();
        if (since !== null && lastUpdated < since) return [];
        const observations = work.observations().map((it, n) => ({ ...it, id: `${request.id ?? ''}-${String(n)}` }));
        const report: fhir.DiagnosticReport = {
          resourceType: 'DiagnosticReport',
          id: request.id ?? '',
          meta: { versionId: '1', lastUpdated },
          status: 'final',
          code: request.code ?? {},
          contained: work.contained as fhir.DiagnosticReport['contained'] & object,
          basedOn: [{ identifier: request.identifier?.[0] ?? {} }],
          subject: { reference: '#patient' },
          specimen: [{ reference: '#specimen' }],
          result: observations.map(({ id }) => ({ reference: `Observation/${id}` })),
        };
        return [report, ...observations];
      });
  const handle = async (request: IncomingMessage): Promise<{ status: number; body: object }> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://laboratory');
    const type = pathname.split('/').at(-1);
    if (type === 'ServiceRequest' && (request.method === 'POST' || request.method === 'PUT')) {
      const body = JSON.parse(await textOf(request)) as fhir.ServiceRequest;
      const before = kept.get(keyOf(body));
      if (before && request.method === 'POST') return { status: 200, body: before.request };
      const made = { ...body, id: before?.request.id ?? `sr${String(kept.size + 1)}` };
      kept.set(keyOf(body), { request: made, work: begin(made), since: before?.since ?? Date.now() });
      return { status: before ? 200 : 201, body: made };
    }
    if (type === 'DiagnosticReport') {
      const entry = reports(searchParams.get('_lastUpdated')?.replace(/^ge/, '') ?? null).map((resource) => ({
        resource,
      }));
      return { status: 200, body: { resourceType: 'Bundle', type: 'searchset', entry } };
    }
    return {
      status: 404,
      body: { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'not-found' }] },
    };
  };
  const server: Server = createServer((request, response) => {
    handle(request).then(
      ({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/fhir+json' });
        response.end(JSON.stringify(body));
      },
      () => response.writeHead(400).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/fhir`,
    requests: () => [...kept.values()].map(({ request }) => request),
    hurry: () => void (hurried = true),
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
const textOf = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return text;
};

/**
 * The demo hospital has a laboratory to speak to: started beside it, and named to it, unless another one is set. Never in production or
 * with a database of one's own; where the port is taken, whoever is there is spoken to.
 */
export const laboratoryOfDemo = async (env: Record<string, string | undefined>): Promise<void> => {
  const own =
    env.NODE_ENV === 'production' || (env.DATABASE_URL && env.OPENWARD_DEMO !== '1') || env.OPENWARD_DEMO === '0';
  const off = env.OPENWARD_PLUGINS && !env.OPENWARD_PLUGINS.includes('lab-adapter');
  if (own || off || env.OPENWARD_LAB_MLLP_URL) return;
  const port = Number(env.OPENWARD_LAB_SIMULATOR_PORT ?? 2576);
  env.OPENWARD_LAB_MLLP_URL = `mllp://127.0.0.1:${String(port)}`;
  const laboratory = await startLaboratory({
    port,
    hospital: Number(env.OPENWARD_MLLP_PORT ?? 2575),
    speed: Number(env.OPENWARD_LAB_SIMULATOR_SPEED ?? 1),
  }).catch(() => undefined);
  if (laboratory) env.OPENWARD_LAB_FHIR_URL ??= laboratory.fhirUrl;
};

if (import.meta.main) {
  const [port, hospital] = process.argv.slice(2).map(Number);
  const laboratory = await startLaboratory({ ...(port && { port }), ...(hospital && { hospital }) });
  process.stdout.write(`A laboratory takes orders at ${laboratory.url} and ${laboratory.fhirUrl}\n`);
}
