import type { Db } from '../../core/database.ts';
import { publish } from '../../core/events.ts';
import { refuse } from '../../core/refuse.ts';
import type { Dispense, NewCorrection, NewDispense, NewReceipt, StockItem } from './model.ts';
import {
  addDispensed, dispensedSoFar, getDispense, getLot, getLotOf, getStock, holdPrescription, insertDispense, insertLot, insertMovement, takeFromShelf,
} from './queries.ts'; // prettier-ignore

/**
 * Hands out from the lots that expire first. Two counters at one prescription or one shelf follow each other.
 * @throws refusal request_not_dispensable, dispense_exceeds_prescribed, stock_insufficient; 404
 */
export const dispense = async (
  tx: Db,
  { medicationRequestId, quantity }: NewDispense,
  wantedId?: string,
): Promise<Dispense> => {
  const request = await holdPrescription(tx, medicationRequestId);
  const { medicationId, quantity: prescribed } = request;
  const wasOrdered = request.status === 'active' || request.status === 'completed';
  if (!wasOrdered || medicationId === null || prescribed === null) throw refuse('request_not_dispensable');

  const total = await addDispensed(tx, { medicationRequestId, prescribed, quantity });
  if (total === null) {
    const remaining = Math.max(0, prescribed - (await dispensedSoFar(tx, medicationRequestId)));
    throw refuse('dispense_exceeds_prescribed', { prescribed, remaining });
  }
  if (request.status !== 'active') throw refuse('request_not_dispensable');

  const id = await insertDispense(tx, request, quantity, wantedId);
  if ((await takeFromShelf(tx, id, medicationId, quantity)) === 0) {
    const { available, onHand, unit, lots } = await getStock(tx, medicationId);
    throw refuse('stock_insufficient', {
      medication: request.display,
      unit,
      wanted: quantity,
      available,
      onHand,
      lots,
    });
  }
  await publish(tx, 'pharmacy.medication-dispensed', id, {
    patientId: request.patientId,
    encounterId: request.encounterId,
    medicationRequestId,
    medicationId,
    medicationCode: request.medicationCode,
    quantity,
  });
  return getDispense(tx, id);
};

/** @throws refusal lot_expired, lot_differs */
export const receiveStock = async (
  tx: Db,
  it: NewReceipt,
  at: { zone: string; currency: string },
): Promise<StockItem> => {
  await insertLot(tx, it, at);
  const lot = await getLotOf(tx, it);
  if (lot.expiresOn !== it.expiresOn)
    throw refuse('lot_differs', { lotNumber: it.lotNumber, expiresOn: lot.expiresOn });
  if (lot.expired) throw refuse('lot_expired', { lotNumber: it.lotNumber, expiresOn: lot.expiresOn });
  await insertMovement(tx, { lotId: lot.id, type: 'receipt', quantity: it.quantity });
  await publish(tx, 'pharmacy.stock-changed', lot.id, {
    medicationId: it.medicationId,
    type: 'receipt',
    quantity: it.quantity,
  });
  return getStock(tx, it.medicationId);
};

/** @throws refusal stock_not_below_zero; 404 */
export const correctStock = async (tx: Db, lotId: string, it: NewCorrection): Promise<StockItem> => {
  const { medicationId } = await getLot(tx, lotId);
  await insertMovement(tx, { lotId, ...it });
  await publish(tx, 'pharmacy.stock-changed', lotId, { medicationId, type: it.type, quantity: it.quantity });
  return getStock(tx, medicationId);
};
