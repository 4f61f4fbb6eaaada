import { refuse } from '../../../core/refuse.ts';

/** Where our numbers stand in an identifier. */
export const accessionSystem = 'urn:openward:laboratory:accession';
export const requisitionSystem = 'urn:openward:laboratory:requisition';

/** What is under way in this laboratory changes at its benches; only what came from elsewhere is written over. @throws ordered_here */
export const onlyElsewhere = async (updated: Promise<boolean>): Promise<void> => {
  if (!(await updated)) throw refuse('ordered_here');
};
