import type { Db } from '../../core/database.ts';
import type { Hms } from '../../core/hms.ts';
import { fhirLine } from './fhir/line.ts';
import { receiveReport } from './incoming.ts';
import { fetchedUntil, markFetched, markLine, shortConnections } from './queries/connections.ts';
import { fhirAddress } from './settings.ts';

/** A laboratory that speaks FHIR is asked for what is new. What was fetched before is known by its version, and is nothing new. */
export const fetchReports = async (db: Db, hms: Hms): Promise<void> => {
  const address = fhirAddress(hms.config);
  const connection = (await shortConnections(db)).find(({ kind }) => kind === 'fhir');
  if (!address || !connection?.active) return;
  const { id, name } = connection;
  try {
    for (const report of await fhirLine(address).reports(await fetchedUntil(db, id))) {
      const { controlId, body, updatedAt } = report;
      await receiveReport(db, { sender: address.url, controlId, body }, { connectionId: id, laboratory: name });
      if (updatedAt) await markFetched(db, id, updatedAt);
    }
    await markLine(db, id, true, null);
  } catch (error) {
    hms.log.warn({ err: error as Error }, 'a laboratory could not be asked for its reports');
    await markLine(db, id, false, (error as Error).name);
  }
};
