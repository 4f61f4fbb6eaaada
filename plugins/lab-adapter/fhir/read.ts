import type { fhir } from '../../../fhir/resource.ts';
import type { Coded, Incoming, Value } from '../model.ts';
import { accessionSystem, orderSystem, recordNumberSystem } from './write.ts';

const codedOf = (concept: fhir.CodeableConcept | undefined): Coded[] =>
  (concept?.coding ?? []).flatMap(({ code, system }) => (code ? [{ code, system: system ?? '' }] : []));

/** https://hl7.org/fhir/R4/valueset-observation-status.html */
const statuses: Readonly<Record<string, Value['status']>> = {
  registered: 'preliminary', preliminary: 'preliminary', final: 'final', amended: 'corrected', corrected: 'corrected', cancelled: 'cancelled',
  'entered-in-error': 'withdrawn',
}; // prettier-ignore

const valueOf = (it: fhir.Observation): Value => {
  const { valueQuantity: quantity, valueCodeableConcept: concept, valueString } = it;
  const number =
    quantity?.comparator || quantity?.value === undefined ? `${quantity?.comparator ?? ''}` : String(quantity.value);
  return {
    codes: codedOf(it.code),
    status: statuses[it.status] ?? null,
    text: quantity ? number : (concept?.text ?? concept?.coding?.[0]?.display ?? valueString ?? ''),
    answers: concept ? codedOf(concept) : [{ code: valueString ?? '', system: '' }],
    unit: quantity?.code ?? quantity?.unit ?? null,
    flag: it.interpretation?.[0]?.coding?.[0]?.code ?? null,
    note:
      it.note
        ?.map(({ text }) => text)
        .join('\n')
        .slice(0, 500) || null,
  };
};

const identifiers = (resource: { identifier?: fhir.Identifier[] } | undefined, system: string): string[] =>
  (resource?.identifier ?? []).flatMap((it) => (it.system === system && it.value ? [it.value] : []));

/** The body of a fetched message: a Bundle of one DiagnosticReport and its Observations. @throws where it is none */
export const readReport = (body: string): Incoming => {
  const bundle = JSON.parse(body) as fhir.Bundle;
  const all = (bundle.entry ?? []).flatMap(({ resource }) => (resource ? [resource] : []));
  const report = all.find((it) => it.resourceType === 'DiagnosticReport');
  if (!report) throw new TypeError('no DiagnosticReport');
  const contained = report.contained ?? [];
  const patient = contained.find((it) => it.resourceType === 'Patient');
  const specimens = contained.filter((it) => it.resourceType === 'Specimen');
  const placers = (report.basedOn ?? []).flatMap(({ identifier }) =>
    identifier?.system === orderSystem && identifier.value ? [identifier.value.split('.')[0] ?? ''] : [],
  );
  return {
    isTest: false,
    patient: patient
      ? {
          names: (patient.name ?? []).map(({ family, given }) => [family, given?.join(' ')].filter(Boolean).join(', ')),
          numbers: identifiers(patient, recordNumberSystem),
          birthDate: patient.birthDate ?? null,
          gender: patient.gender ?? null,
        }
      : null,
    reports: [
      {
        placers,
        accessions: specimens.flatMap((it) => identifiers(it, accessionSystem)),
        values: all.filter((it) => it.resourceType === 'Observation').map(valueOf),
      },
    ],
  };
};
