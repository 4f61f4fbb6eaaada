import type { fhir } from '../../../fhir/resource.ts';

export const written = <T>(value: T | null): T | undefined => value ?? undefined;

/** A date may be a year only; the column takes its beginning, and what was sent is kept beside it. */
export const instantOf = (text: string | undefined): string | null =>
  text === undefined ? null : text.includes('T') ? text : `${dayOf(text)}T00:00:00Z`;
export const dayOf = (text: string | undefined): string | null =>
  text === undefined ? null : `${text.slice(0, 10)}${'-01-01'.slice(text.length - 4)}`.slice(0, 10);

export const refTo = (type: string, id: string | null): fhir.Reference | undefined =>
  id === null ? undefined : { reference: `${type}/${id}` };

interface Coded {
  system: string | null;
  code: string | null;
  display: string;
}
export const conceptOf = ({ system, code, display }: Coded): fhir.CodeableConcept | undefined => {
  if (code === null && display === '') return undefined;
  const coding = code === null ? undefined : [{ system: written(system), code, display: display || undefined }];
  return { coding, text: display || undefined };
};

/** The coding that we can use: of the systems preferred, else the first with a code. */
export const codedOf = (concept: fhir.CodeableConcept | undefined, preferred?: string): Coded => {
  const coded = concept?.coding?.filter(({ code }) => code !== undefined) ?? [];
  const coding = coded.find(({ system }) => system === preferred) ?? coded[0] ?? concept?.coding?.[0];
  return {
    system: coding?.system ?? null,
    code: coding?.code ?? null,
    display: coding?.display ?? concept?.text ?? coding?.code ?? '',
  };
};

export const statusConcept = (system: string, code: string | null): fhir.CodeableConcept | undefined =>
  code === null ? undefined : { coding: [{ system, code }] };
/** The code, when it is one of ours; null otherwise. */
export const statusOf = <T extends string>(concept: fhir.CodeableConcept | undefined, known: readonly T[]): T | null =>
  known.find((code) => concept?.coding?.some((coding) => coding.code === code)) ?? null;
