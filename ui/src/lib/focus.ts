/** Where one came from, once what had the focus is gone. Whoever has gone on to something else meanwhile is not called back. */
export const comeBackTo = (element: HTMLElement | undefined): void => {
  if (document.activeElement === null || document.activeElement === document.body) element?.focus();
};
