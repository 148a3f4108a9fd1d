/** Keyboard shortcuts. Single letters count only while nobody is typing somewhere. */
import { router } from '../router/router.svelte';
import { links } from '../router/routes';

export const shortcuts = [
  { keys: ['Ctrl', 'K'], what: 'Command palette: every project, service and action' },
  { keys: ['/'], what: 'Search on this page' },
  { keys: ['g', 'p'], what: 'Go to projects' },
  { keys: ['g', 'd'], what: 'Go to deployments' },
  { keys: ['g', 's'], what: 'Go to stacks' },
  { keys: ['g', 'r'], what: 'Go to reconcile' },
  { keys: ['l'], what: 'Logs of this project, or of the chosen one' },
  { keys: ['j', 'k'], what: 'Next and previous project in the list' },
  { keys: ['Esc'], what: 'Close, or leave the search' },
  { keys: ['?'], what: 'This list' },
];

export interface KeyActions {
  openPalette(): void;
  openHelp(): void;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

/** Moves the focus along the elements that take part in j and k. */
function moveFocus(step: number): void {
  const all = [...document.querySelectorAll<HTMLElement>('[data-walk]')].filter(
    (one) => one.closest('[hidden]') === null,
  );
  if (all.length === 0) return;
  const at = all.indexOf(document.activeElement as HTMLElement);
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step;
  const element = all[Math.min(Math.max(next, 0), all.length - 1)];
  element?.focus();
  element?.scrollIntoView({ block: 'nearest' });
}

function openLogs(): void {
  const chosen = (document.activeElement as HTMLElement | null)?.dataset['walk'];
  const { route } = router;
  const name = chosen || (route.page === 'project' ? route.name : '');
  if (name) router.go(links.logs(name));
}

export function makeKeyHandler(actions: KeyActions): (event: KeyboardEvent) => void {
  let prefixUntil = 0;
  const afterG: Record<string, () => void> = {
    p: () => router.go(links.overview()),
    d: () => router.go(links.deployments()),
    s: () => router.go(links.stacks()),
    r: () => router.go(links.reconcile()),
  };
  const single: Record<string, () => void> = {
    '/': () => {
      const field = document.querySelector<HTMLInputElement>('[data-search]');
      field?.focus();
      field?.select();
    },
    '?': () => actions.openHelp(),
    j: () => moveFocus(1),
    k: () => moveFocus(-1),
    l: openLogs,
  };
  return (event) => {
    const inDialog = document.querySelector('dialog[open]') !== null;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      if (!inDialog) actions.openPalette();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || inDialog) return;
    if (isTyping(event.target)) {
      if (event.key === 'Escape') (event.target as HTMLElement).blur();
      return;
    }
    const inSequence = performance.now() < prefixUntil;
    prefixUntil = 0;
    const action = inSequence ? afterG[event.key] : single[event.key];
    if (action !== undefined) {
      event.preventDefault();
      action();
    } else if (event.key === 'g') {
      prefixUntil = performance.now() + 1200;
    }
  };
}
