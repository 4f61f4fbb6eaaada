// Every sentence is compiled from the catalogues by scripts/messages.ts; one that a page does not use is not in its script.
export * from '../../../generated/messages/messages.js';
