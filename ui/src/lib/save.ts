/** Offers a file for keeping, as a click on a link to it would. */
export function save(file: Blob, name: string) {
  const address = URL.createObjectURL(file);
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  link.click();
  // The browser has taken it once the click is over.
  setTimeout(() => URL.revokeObjectURL(address), 0);
}
