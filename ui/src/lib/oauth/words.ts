import * as m from '#lib/messages.js';

/** What a FHIR type holds, in the words of who reads it. */
const words: Readonly<Record<string, () => string>> = {
  AllergyIntolerance: m.connect_type_allergy_intolerance,
  Appointment: m.connect_type_appointment,
  AuditEvent: m.connect_type_audit_event,
  ChargeItem: m.connect_type_charge_item,
  Claim: m.connect_type_claim,
  ClaimResponse: m.connect_type_claim_response,
  Communication: m.connect_type_communication,
  Composition: m.connect_type_composition,
  Condition: m.connect_type_condition,
  Coverage: m.connect_type_coverage,
  CoverageEligibilityRequest: m.connect_type_coverage_eligibility_request,
  CoverageEligibilityResponse: m.connect_type_coverage_eligibility_response,
  Device: m.connect_type_device,
  DiagnosticReport: m.connect_type_diagnostic_report,
  Encounter: m.connect_type_encounter,
  ExplanationOfBenefit: m.connect_type_explanation_of_benefit,
  HealthcareService: m.connect_type_healthcare_service,
  Invoice: m.connect_type_invoice,
  Location: m.connect_type_location,
  Medication: m.connect_type_medication,
  MedicationDispense: m.connect_type_medication_dispense,
  MedicationRequest: m.connect_type_medication_request,
  Observation: m.connect_type_observation,
  Organization: m.connect_type_organization,
  Patient: m.connect_type_patient,
  PaymentReconciliation: m.connect_type_payment_reconciliation,
  Practitioner: m.connect_type_practitioner,
  PractitionerRole: m.connect_type_practitioner_role,
  Schedule: m.connect_type_schedule,
  ServiceRequest: m.connect_type_service_request,
  Slot: m.connect_type_slot,
  Specimen: m.connect_type_specimen,
};

export const typeWord = (type: string): string => (type === '*' ? m.connect_everything() : (words[type]?.() ?? type));

/** What an app will be able to do, and with what: one line each. */
export interface Deed {
  does: string;
  what: string[];
}

const deeds: readonly [letters: string, does: () => string][] = [
  ['rs', m.connect_see],
  ['cu', m.connect_write],
  ['d', m.connect_delete],
];

/** Of scopes such as `user/Patient.rs`. All types in one word leave out the others. */
export const deedsOf = (scopes: readonly string[]): Deed[] => {
  const asked = scopes.flatMap((scope) => {
    const [, type, may] = /^\w+\/([\w*]+)\.(\w+)$/.exec(scope) ?? [];
    return type && may ? [{ type, may }] : [];
  });
  return deeds.flatMap(([letters, does]) => {
    const types = asked
      .filter(({ may }) => [...letters].some((letter) => may.includes(letter)))
      .map(({ type }) => type);
    const shown = types.includes('*') ? ['*'] : types;
    return shown.length > 0 ? [{ does: does(), what: shown.map(typeWord) }] : [];
  });
};
