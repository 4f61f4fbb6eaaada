import { book, hold } from './book.ts';
import { cancel, confirm, reschedule } from './change.ts';
import { find } from './find.ts';

/** No standard names them in R4; these are Medplum's names and, where it has them, its parameters. */
export const operations = [find, hold, book, confirm, reschedule, cancel];
