/** Empty, or one address: as the server takes it. */
export const isMailbox = (text: string): boolean =>
  text.trim() === '' || /^[^\s@<>,;:"()]+@[^\s@<>,;:"()]+$/.test(text.trim());
