/** Light or dark: the system's choice, unless the person made one (kept in the browser). */
export type ThemeChoice = 'system' | 'light' | 'dark';

const key = 'itsup.theme';

function readChoice(): ThemeChoice {
  const value = document.documentElement.dataset['theme'];
  return value === 'light' || value === 'dark' ? value : 'system';
}

class Theme {
  choice: ThemeChoice = $state(readChoice());

  set(choice: ThemeChoice): void {
    this.choice = choice;
    const root = document.documentElement;
    if (choice === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = choice;
    try {
      if (choice === 'system') localStorage.removeItem(key);
      else localStorage.setItem(key, choice);
    } catch {
      // Storage can be switched off; the choice then lasts until the page is left.
    }
  }

  /** System, light, dark, and round again. */
  next(): void {
    const order: ThemeChoice[] = ['system', 'light', 'dark'];
    this.set(order[(order.indexOf(this.choice) + 1) % order.length]!);
  }
}

export const theme = new Theme();
