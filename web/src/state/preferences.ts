/** Small choices that a browser remembers. Reads and writes never fail. */
export function readPreference(name: string, fallback: boolean): boolean {
  try {
    const value = localStorage.getItem(`itsup.${name}`);
    return value === null ? fallback : value === '1';
  } catch {
    return fallback;
  }
}

export function writePreference(name: string, value: boolean): void {
  try {
    localStorage.setItem(`itsup.${name}`, value ? '1' : '0');
  } catch {
    // Storage can be switched off; the choice then lasts until the page is left.
  }
}
