// Preferences of this device. Storage may be forbidden; then they last until the page is closed.
export function stored(key: string): string | null {
  try {
    return localStorage.getItem(`openward.${key}`);
  } catch {
    return null;
  }
}

export function store(key: string, value: string | null) {
  try {
    if (value === null) localStorage.removeItem(`openward.${key}`);
    else localStorage.setItem(`openward.${key}`, value);
  } catch {
    // nothing to do: the choice holds for this page
  }
}

/** When another window of this browser has chosen, this one follows; what is typed or open stays. */
export const onStored = (key: string, follow: (value: string | null) => void) =>
  addEventListener('storage', (event) => event.key === `openward.${key}` && follow(event.newValue));
