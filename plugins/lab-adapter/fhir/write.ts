import type { fhir } from '../../../fhir/resource.ts';
import type { OrderOut, PatientOut } from '../hl7/write.ts';

export const orderSystem = 'urn:openward:laboratory-order';
export const accessionSystem = 'urn:openward:accession';
export const recordNumberSystem = 'urn:openward:record-number';

export const patientOf = (it: PatientOut): fhir.Patient => ({
  resourceType: 'Patient',
  id: 'patient',
  identifier: [{ system: recordNumberSystem, value: it.recordNumber }],
  name: [{ family: it.familyName, given: [it.givenName], ...(it.prefix ? { prefix: [it.prefix] } : {}) }],
  gender: it.gender as 'female' | 'male' | 'other' | 'unknown',
  ...(it.birthDate ? { birthDate: it.birthDate } : {}),
});

/** One order; a laboratory knows neither our patients nor our specimens by reference: both travel inside. */
export const serviceRequestOf = (
  it: OrderOut,
  patient: PatientOut,
  status: 'active' | 'revoked',
): fhir.ServiceRequest => ({
  resourceType: 'ServiceRequest',
  status,
  intent: 'order',
  priority: it.priority as 'routine' | 'urgent' | 'asap' | 'stat',
  identifier: [{ system: orderSystem, value: `${it.tests[0]?.placer ?? ''}.${it.specimen.accession}` }],
  contained: [
    patientOf(patient),
    {
      resourceType: 'Specimen',
      id: 'specimen',
      identifier: [{ system: accessionSystem, value: it.specimen.accession }],
      type: {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/v2-0487',
            code: it.specimen.code,
            display: it.specimen.display,
          },
        ],
      },
      subject: { reference: '#patient' },
      collection: { collectedDateTime: it.specimen.collectedAt },
    },
  ],
  subject: { reference: '#patient' },
  specimen: [{ reference: '#specimen' }],
  authoredOn: it.orderedAt,
  ...(it.requester ? { requester: { display: it.requester.name } } : {}),
  ...(it.reason ? { reasonCode: [{ text: it.reason }] } : {}),
  code: {
    coding: it.tests.map(({ code, display }) => ({ system: 'http://loinc.org', code, display })),
    text: it.tests.map(({ display }) => display).join(', '),
  },
});
