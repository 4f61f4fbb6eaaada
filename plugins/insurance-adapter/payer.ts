import { Client, type FhirResource } from 'fhir-kit-client';
import type { fhir } from '../../fhir/resource.ts';
import {
  claimNumberSystem, payerReferenceSystem, payerSystem, reasonSystem, Unreadable, type ClaimAnswer, type EligibilityAnswer, type LineAnswer, type PayerPayment,
  type PayerPort,
} from '../insurance/api.ts'; // prettier-ignore
import { minorOf } from './money.ts';
import type { Connection } from './settings.ts';

const patience = 15_000;
const typeOf = { claim: 'Claim', eligibility: 'CoverageEligibilityRequest' } as const;

/** A payer that speaks FHIR R4. */
export const fhirPayer = ({ url, token }: { url: string } & Pick<Connection, 'token'>): PayerPort => {
  const client = new Client({ baseUrl: url, ...(token ? { bearerToken: token } : {}) });
  const limits = () => ({ signal: AbortSignal.timeout(patience) });

  const search = async <R extends fhir.FhirResource>(
    resourceType: R['resourceType'],
    searchParams: Record<string, string>,
  ): Promise<R[]> => {
    const found = await readable(client.resourceSearch({ resourceType, searchParams, options: limits() }));
    if (found.resourceType !== 'Bundle') throw new Unreadable(`the answer is no Bundle`);
    const resources = ((found as unknown as fhir.Bundle).entry ?? []).map(({ resource }) => resource);
    if (resources.some((each) => each?.resourceType !== resourceType))
      throw new Unreadable(`not all are ${resourceType}`);
    return resources as R[];
  };

  return {
    async deliver({ kind, identifier, body }) {
      const made = await readable(
        client.create({
          resourceType: typeOf[kind],
          body: body as FhirResource,
          options: {
            ...limits(),
            headers: {
              'if-none-exist': `identifier=${claimNumberSystem}|${identifier}`,
              'content-type': 'application/fhir+json',
            },
          },
        }),
      );
      if (made.resourceType !== typeOf[kind] || typeof made.id !== 'string')
        throw new Unreadable(`the answer is no ${typeOf[kind]}`);
      return made.id;
    },
    async claimAnswer(remoteId) {
      const all = await search<fhir.ClaimResponse>('ClaimResponse', { request: `Claim/${remoteId}` });
      const newest = all.sort((a, b) => (a.created < b.created ? -1 : 1)).at(-1);
      return newest ? answerOf(newest) : null;
    },
    async eligibilityAnswer(remoteId) {
      const [found] = await search<fhir.CoverageEligibilityResponse>('CoverageEligibilityResponse', {
        request: `CoverageEligibilityRequest/${remoteId}`,
      });
      return found ? eligibilityOf(found) : null;
    },
    async payments(since) {
      return (await search<fhir.PaymentReconciliation>('PaymentReconciliation', { created: `ge${since}` })).map(
        paymentOf,
      );
    },
  };
};

/** What comes back and is no JSON is not the network's fault. */
const readable = async (answer: Promise<FhirResource>): Promise<FhirResource> => {
  try {
    const resource = await answer;
    if (typeof resource.resourceType !== 'string') throw new Unreadable('the answer is no resource');
    return resource;
  } catch (error) {
    const { response } = error as { response?: { status: number } };
    if (response && response.status < 300) throw new Unreadable('the answer is no JSON');
    throw error;
  }
};

const codeOf = (concept: fhir.CodeableConcept | undefined): string | undefined => concept?.coding?.[0]?.code;

const lineOf = ({ itemSequence, adjudication }: fhir.ClaimResponseItem): LineAnswer => {
  const sum = (...codes: string[]) =>
    adjudication
      .filter(({ category }) => codes.includes(codeOf(category) ?? ''))
      .reduce((minor, { amount }) => minor + minorOf(amount), 0);
  const denial = adjudication.find(({ category }) => codeOf(category) === 'noncovered');
  const reason = denial?.reason?.coding?.find(({ system }) => system === reasonSystem)?.code;
  return {
    sequence: itemSequence,
    benefitMinor: sum('benefit'),
    copayMinor: sum('copay'),
    deductibleMinor: sum('deductible'),
    coinsuranceMinor: sum('unallocdeduct', 'coinsurance'),
    deniedMinor: sum('noncovered'),
    ...(reason ? { reason } : {}),
  };
};

const answerOf = (it: fhir.ClaimResponse): ClaimAnswer => ({
  outcome: it.outcome,
  payerReference: it.identifier?.find(({ system }) => system === payerReferenceSystem)?.value ?? null,
  disposition: it.disposition?.slice(0, 500) ?? null,
  lines: (it.item ?? []).map(lineOf),
});

const eligibilityOf = (it: fhir.CoverageEligibilityResponse): EligibilityAnswer => {
  const [insurance] = it.insurance ?? [];
  const copay = insurance?.item
    ?.flatMap(({ benefit }) => benefit ?? [])
    .find(({ type }) => codeOf(type) === 'copay')?.allowedMoney;
  return {
    outcome: it.outcome,
    inForce: insurance?.inforce ?? null,
    disposition: it.disposition?.slice(0, 500) ?? null,
    copayMinor: copay ? minorOf(copay) : null,
  };
};

const paymentOf = (it: fhir.PaymentReconciliation): PayerPayment => {
  const payerCode = it.paymentIssuer?.identifier;
  const reference = it.paymentIdentifier?.value;
  if (payerCode?.system !== payerSystem || !payerCode.value || !reference || !it.paymentAmount.currency)
    throw new Unreadable('a payment without payer, reference or currency');
  return {
    payerCode: payerCode.value,
    reference,
    paidOn: it.paymentDate,
    currency: it.paymentAmount.currency,
    claims: (it.detail ?? []).map((detail) => ({
      claimReference: detail.request?.identifier?.value ?? '',
      amountMinor: minorOf(detail.amount),
    })),
  };
};
