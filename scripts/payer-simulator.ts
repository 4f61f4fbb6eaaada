/**
 * A payer for the demo hospital and for tests: FHIR R4 on a real socket, in memory, deterministic. What it does is decided by
 * the member number and the lines:
 *
 *   number ends with 9     not insured          …7   is pended first, then paid        …0000  never answers
 *   …6666  answers what nobody can read         a code of `deniedCodes`, one of `authorisedCodes` without its prior
 *                                                authorisation, or a line without a diagnosis: denied
 *
 * Everything else is paid: a copay on the first line, the payer's rate of the rest. `node scripts/payer-simulator.ts [port]`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type * as fhir from 'fhir/r4.js';

export interface PayerRules {
  copay: number;
  coinsurance: number;
  deniedCodes: readonly string[];
  /** Denied until the line names its prior authorisation. */
  authorisedCodes: readonly string[];
  /** How often a pended claim is asked for before it is decided. */
  pendedFor: number;
}
const usual: PayerRules = {
  copay: 10,
  coinsurance: 0.1,
  deniedCodes: ['VISIT-HH'],
  authorisedCodes: ['NTBNP'],
  pendedFor: 2,
};

export interface Payer {
  url: string;
  /** Connections are refused while it is away. */
  away: (is: boolean) => void;
  /** So many requests are carried out, and their answers lost. */
  loseAnswers: (count: number) => void;
  /** What it has received. */
  claims: () => readonly fhir.Claim[];
  questions: () => readonly fhir.CoverageEligibilityRequest[];
  stop: () => Promise<void>;
}

type Kept = fhir.Claim | fhir.CoverageEligibilityRequest;
const json = 'application/fhir+json';
const adjudication = 'http://terminology.hl7.org/CodeSystem/adjudication';

export const startPayer = async ({
  port = 3001,
  rules: own = {} as Partial<PayerRules>,
  today = () => new Date(),
} = {}): Promise<Payer> => {
  const rules = { ...usual, ...own };
  const kept = new Map<string, Kept>();
  const asked = new Map<string, number>();
  const payments: fhir.PaymentReconciliation[] = [];
  let isAway = false;
  let toLose = 0;

  const ofType = <T extends Kept>(type: T['resourceType']) =>
    [...kept.values()].filter((each): each is T => each.resourceType === type);
  const memberOf = (it: Kept): string =>
    (it.contained?.find((each) => each.resourceType === 'Coverage') as fhir.Coverage | undefined)?.subscriberId ?? '';

  const create = (body: Kept, condition: string | undefined): { status: number; body: object } => {
    const identifier = /identifier=([^&]*)/.exec(condition ?? '')?.[1];
    const known = ofType<Kept>(body.resourceType).find((each) =>
      each.identifier?.some(({ system, value }) => `${system ?? ''}|${value ?? ''}` === identifier),
    );
    if (known) return { status: 200, body: known };
    const made = { ...body, id: `${body.resourceType === 'Claim' ? 'c' : 'q'}${String(kept.size + 1)}` };
    kept.set(made.id, made);
    return { status: 201, body: made };
  };

  const eligibility = (it: fhir.CoverageEligibilityRequest): fhir.CoverageEligibilityResponse => ({
    resourceType: 'CoverageEligibilityResponse',
    id: `${it.id ?? ''}-answer`,
    status: 'active',
    purpose: it.purpose,
    patient: it.patient,
    created: today().toISOString(),
    request: { reference: `CoverageEligibilityRequest/${it.id ?? ''}` },
    outcome: 'complete',
    insurer: it.insurer,
    insurance: [{ coverage: { reference: '#coverage' }, inforce: !memberOf(it).endsWith('9') }],
  });

  const head = (claim: fhir.Claim, outcome: fhir.ClaimResponse['outcome']): fhir.ClaimResponse => ({
    resourceType: 'ClaimResponse',
    id: `${claim.id ?? ''}-${outcome}`,
    status: 'active',
    type: claim.type,
    use: claim.use,
    patient: claim.patient,
    created: today().toISOString(),
    insurer: claim.insurer ?? {},
    request: { reference: `Claim/${claim.id ?? ''}` },
    identifier: [{ system: 'urn:openward:payer-claim-number', value: numberOf(claim) }],
    outcome,
  });
  const numberOf = (claim: fhir.Claim): string => `PX-${claim.identifier?.[0]?.value ?? ''}`;

  const decided = new Map<string, fhir.ClaimResponse>();
  const decide = (claim: fhir.Claim): fhir.ClaimResponse => {
    const before = decided.get(claim.id ?? '');
    if (before) return before;
    let copay = (claim.related?.length ?? 0) > 0 ? 0 : rules.copay;
    const item = (claim.item ?? []).map((line): fhir.ClaimResponseItem => {
      const whole = cents(line.net?.value ?? 0);
      const code = line.productOrService.coding?.[0]?.code ?? '';
      const reason = rules.deniedCodes.includes(code)
        ? 'not-covered'
        : rules.authorisedCodes.includes(code) && !isAuthorised(line)
          ? 'no-authorisation'
          : line.diagnosisSequence?.length
            ? null
            : 'diagnosis';
      const first = reason ? 0 : Math.min(whole, cents(copay));
      copay -= first / 100;
      const shared = reason || (claim.related?.length ?? 0) > 0 ? 0 : Math.round((whole - first) * rules.coinsurance);
      const part = (name: string, minor: number, why?: string): fhir.ClaimResponseItemAdjudication => ({
        category: { coding: [{ system: adjudication, code: name }] },
        ...(why ? { reason: { coding: [{ system: 'urn:openward:denial-reason', code: why }] } } : {}),
        amount: { value: minor / 100, currency: line.net?.currency ?? 'EUR' },
      });
      return {
        itemSequence: line.sequence,
        adjudication: [
          part('submitted', whole),
          part('copay', first),
          part('unallocdeduct', shared),
          part('benefit', reason ? 0 : whole - first - shared),
          ...(reason ? [part('noncovered', whole, reason)] : []),
        ],
      };
    });
    const response = { ...head(claim, 'complete'), item };
    decided.set(claim.id ?? '', response);
    pay(claim, item);
    return response;
  };

  const pay = (claim: fhir.Claim, items: readonly fhir.ClaimResponseItem[]): void => {
    const minor = items
      .flatMap((item) => item.adjudication)
      .filter(({ category }) => category.coding?.[0]?.code === 'benefit')
      .reduce((sum, { amount }) => sum + cents(amount?.value ?? 0), 0);
    if (minor === 0) return;
    const amount = { value: minor / 100, currency: claim.total?.currency ?? 'EUR' };
    const day = today().toISOString().slice(0, 10);
    payments.push({
      resourceType: 'PaymentReconciliation',
      id: `p${String(payments.length + 1)}`,
      status: 'active',
      created: today().toISOString(),
      outcome: 'complete',
      paymentDate: day,
      paymentAmount: amount,
      paymentIdentifier: { system: 'urn:openward:remittance', value: `PAY-${numberOf(claim)}` },
      ...(claim.insurer ? { paymentIssuer: claim.insurer } : {}),
      detail: [
        {
          type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/payment-type', code: 'payment' }] },
          request: { identifier: { system: 'urn:openward:payer-claim-number', value: numberOf(claim) } },
          amount,
        },
      ],
    });
  };

  const answers = (claim: fhir.Claim): fhir.ClaimResponse[] => {
    const member = memberOf(claim);
    const times = (asked.get(claim.id ?? '') ?? 0) + 1;
    asked.set(claim.id ?? '', times);
    if (member.endsWith('0000')) return [];
    if (member.endsWith('9')) return [{ ...head(claim, 'error'), disposition: 'Member not found' }];
    if (member.endsWith('7') && times <= rules.pendedFor)
      return [{ ...head(claim, 'queued'), disposition: 'Waits for a medical review' }];
    return [decide(claim)];
  };

  const handle = async (request: IncomingMessage): Promise<{ status: number; body: object | string }> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://payer');
    const type = pathname.split('/').at(-1) ?? '';
    if (request.method === 'POST' && ['Claim', 'CoverageEligibilityRequest'].includes(type)) {
      const condition = request.headers['if-none-exist'];
      return create(JSON.parse(await textOf(request)) as Kept, typeof condition === 'string' ? condition : undefined);
    }
    const about = kept.get((searchParams.get('request') ?? '').split('/')[1] ?? '');
    if (about && memberOf(about).endsWith('6666')) return { status: 200, body: '<html>Busy</html>' };
    if (type === 'PaymentReconciliation') return { status: 200, body: bundle(payments) };
    if (type === 'ClaimResponse' && about?.resourceType === 'Claim')
      return { status: 200, body: bundle(answers(about)) };
    if (type === 'CoverageEligibilityResponse' && about?.resourceType === 'CoverageEligibilityRequest')
      return { status: 200, body: bundle(memberOf(about).endsWith('0000') ? [] : [eligibility(about)]) };
    return {
      status: 404,
      body: { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'not-found' }] },
    };
  };

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (isAway) return void request.socket.destroy();
    handle(request).then(
      ({ status, body }) => {
        if (toLose > 0) {
          toLose -= 1;
          return void request.socket.destroy();
        }
        response.writeHead(status, { 'content-type': json });
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
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
    away: (is) => void (isAway = is),
    loseAnswers: (count) => void (toLose = count),
    claims: () => ofType<fhir.Claim>('Claim'),
    questions: () => ofType<fhir.CoverageEligibilityRequest>('CoverageEligibilityRequest'),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/** R4 has none for a line; the hospital writes it into an extension. */
const isAuthorised = ({ extension }: fhir.ClaimItem): boolean =>
  (extension ?? []).some(({ url, valueString }) => url === 'urn:openward:line-authorisation' && valueString);
const cents = (value: number): number => Math.round(value * 100);
const bundle = (resources: readonly fhir.FhirResource[]): fhir.Bundle => ({
  resourceType: 'Bundle',
  type: 'searchset',
  total: resources.length,
  entry: resources.map((resource) => ({ resource })),
});
const textOf = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return text;
};

/**
 * The demo hospital has a payer to speak to: started beside it, and named to it, unless another one is set. Never in production
 * or with a database of one's own; where the port is taken, whoever is there is asked.
 */
export const payerOfDemo = async (env: Record<string, string | undefined>): Promise<void> => {
  const own =
    env.NODE_ENV === 'production' || (env.DATABASE_URL && env.OPENWARD_DEMO !== '1') || env.OPENWARD_DEMO === '0';
  const off = env.OPENWARD_PLUGINS && !env.OPENWARD_PLUGINS.includes('insurance-adapter');
  if (own || off || env.OPENWARD_PAYER_URL) return;
  env.OPENWARD_PAYER_URL = 'http://127.0.0.1:3001/fhir';
  await startPayer().catch(() => undefined);
};

if (import.meta.main) {
  const { url } = await startPayer({ port: Number(process.argv[2] ?? 3001) });
  process.stdout.write(`A payer answers at ${url}\n`);
}
