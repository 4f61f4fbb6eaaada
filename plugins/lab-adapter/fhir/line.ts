import { Client, type FhirResource } from 'fhir-kit-client';
import type { fhir } from '../../../fhir/resource.ts';
import { orderSystem } from './write.ts';

const patience = 15_000;

/** The laboratory answered something that no client can read. */
export class Unreadable extends Error {}

const readable = async (answer: Promise<FhirResource>, type: string): Promise<FhirResource> => {
  try {
    const resource = await answer;
    if (resource.resourceType !== type) throw new Unreadable(`the answer is no ${type}`);
    return resource;
  } catch (error) {
    const { response } = error as { response?: { status: number } };
    if (response && response.status < 300) throw new Unreadable('the answer is no JSON');
    throw error;
  }
};

export interface Fetched {
  controlId: string;
  /** A Bundle of one report with its observations, as JSON. */
  body: string;
  updatedAt: string;
}

/** A laboratory that speaks FHIR R4. */
export const fhirLine = ({ url, token }: { url: string; token: string | null }) => {
  const client = new Client({ baseUrl: url, ...(token ? { bearerToken: token } : {}) });
  const options = (headers: Record<string, string> = {}) => ({
    signal: AbortSignal.timeout(patience),
    headers: { 'content-type': 'application/fhir+json', ...headers },
  });
  return {
    /** However often it arrives, it is one order there. @returns the laboratory's id of it */
    async order(body: fhir.ServiceRequest): Promise<string> {
      const identifier = `identifier=${orderSystem}|${body.identifier?.[0]?.value ?? ''}`;
      const made = await readable(
        client.create({
          resourceType: 'ServiceRequest',
          body: body as unknown as FhirResource,
          options: options({ 'if-none-exist': identifier }),
        }),
        'ServiceRequest',
      );
      if (typeof made.id !== 'string') throw new Unreadable('the answer has no id');
      return made.id;
    },
    /** What has changed of an order: status or patient. */
    async amend(body: fhir.ServiceRequest): Promise<void> {
      const searchParams = { identifier: `${orderSystem}|${body.identifier?.[0]?.value ?? ''}` };
      await readable(
        client.update({
          resourceType: 'ServiceRequest',
          searchParams,
          body: body as unknown as FhirResource,
          options: options(),
        }),
        'ServiceRequest',
      );
    },
    /** Reports that were updated since, oldest first, each with its observations. */
    async reports(since: string | null): Promise<Fetched[]> {
      const found = (await readable(
        client.resourceSearch({
          resourceType: 'DiagnosticReport',
          searchParams: {
            _include: 'DiagnosticReport:result',
            _sort: '_lastUpdated',
            ...(since ? { _lastUpdated: `ge${since}` } : {}),
          },
          options: options(),
        }),
        'Bundle',
      )) as unknown as fhir.Bundle;
      const all = (found.entry ?? []).flatMap(({ resource }) => (resource ? [resource] : []));
      const observations = new Map(
        all.filter((it) => it.resourceType === 'Observation').map((it) => [`Observation/${it.id ?? ''}`, it]),
      );
      return all
        .filter((it) => it.resourceType === 'DiagnosticReport')
        .map((report) => {
          const results = (report.result ?? []).flatMap(({ reference }) => observations.get(reference ?? '') ?? []);
          const bundle: fhir.Bundle = {
            resourceType: 'Bundle',
            type: 'collection',
            entry: [report, ...results].map((resource) => ({ resource })),
          };
          const updatedAt = report.meta?.lastUpdated ?? '';
          return {
            controlId: `${report.id ?? ''}/${report.meta?.versionId ?? updatedAt}`,
            body: JSON.stringify(bundle),
            updatedAt,
          };
        });
    },
  };
};
export type FhirLine = ReturnType<typeof fhirLine>;
