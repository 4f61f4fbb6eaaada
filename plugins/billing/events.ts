import type { Db } from '../../core/database.ts';
import type { Event } from '../../core/plugin.ts';
import { isChargedByDay } from '../inpatient/api.ts';
import { charge, withdrawCharge } from './actions.ts';

interface EncounterFinished {
  patientId: string;
  class?: string | null;
  /** What the service of the visit is charged by. */
  serviceCode?: string | null;
}

/** A visit is charged by its service; where that has no price, by its class; a stay on a ward by its days. History from elsewhere charges nobody. */
export const chargeEncounter = async (tx: Db, event: Event<EncounterFinished>): Promise<void> => {
  if (event.origin === 'import' || (await isChargedByDay(tx, event.subjectId))) return;
  const { patientId, serviceCode } = event.facts;
  await charge(tx, {
    patientId,
    encounterId: event.subjectId,
    codes: [...(serviceCode ? [serviceCode] : []), visitCode(event.facts.class)],
    quantity: 1,
    occurredAt: event.occurredAt,
    source: 'ehr.encounter-finished',
    sourceId: event.subjectId,
  });
};

/** What a visit costs when its service says nothing: VISIT-AMB, VISIT-EMER, … */
export const visitCode = (encounterClass: string | null | undefined): string => `VISIT-${encounterClass ?? 'AMB'}`;

const bedDaySource = 'inpatient.bed-day-due';

interface BedDayDue {
  patientId: string;
  encounterId: string;
  code: string;
  quantity: number;
  /** The midnight that was spent in the bed. */
  at: string;
}

export const chargeBedDay = async (tx: Db, event: Event<BedDayDue>): Promise<void> => {
  const { patientId, encounterId, code, quantity, at } = event.facts;
  if (event.origin === 'import') return;
  await charge(tx, {
    patientId,
    encounterId,
    codes: [code],
    quantity,
    occurredAt: at,
    source: bedDaySource,
    sourceId: event.subjectId,
  });
};

/** A move was undone, so the day was another ward's, or none. What is on an invoice already stays there. */
export const withdrawBedDay = (tx: Db, event: Event): Promise<void> =>
  withdrawCharge(tx, { source: bedDaySource, sourceId: event.subjectId });

interface MedicationDispensed {
  patientId: string;
  encounterId: string | null;
  medicationId: string;
  medicationCode: string | null;
  quantity: number;
}

/** The price of the medication's base unit times what was handed out. */
export const chargeDispense = async (tx: Db, event: Event<MedicationDispensed>): Promise<void> => {
  const { patientId, encounterId, medicationId, medicationCode, quantity } = event.facts;
  if (event.origin === 'import' || quantity <= 0) return;
  await charge(tx, {
    patientId,
    encounterId,
    codes: [medicationCode ?? medicationId],
    quantity,
    occurredAt: event.occurredAt,
    source: 'pharmacy.medication-dispensed',
    sourceId: event.subjectId,
  });
};

interface ReportIssued {
  patientId: string;
  encounterId: string | null;
  code: string;
  chargeCode: string | null;
}

/** A test or panel that was ordered, when all of it is verified; a correction later costs nothing. */
export const chargeReport = async (tx: Db, event: Event<ReportIssued>): Promise<void> => {
  const { patientId, encounterId, code, chargeCode } = event.facts;
  if (event.origin === 'import') return;
  await charge(tx, {
    patientId,
    encounterId,
    codes: [chargeCode ?? code],
    quantity: 1,
    occurredAt: event.occurredAt,
    source: 'laboratory.report-issued',
    sourceId: event.subjectId,
  });
};
