/**
 * Where the person is. Uses the history, so that back, forward, reload and a shared link land in
 * the same place, scrolled to the same height.
 */
import { base, parseRoute, type Route } from './routes';

class Router {
  path = $state(location.pathname);
  search = $state(location.search);
  /** Rises with every navigation to another path; the page's heading takes the focus then. */
  moves = $state(0);
  /** The last of `moves` whose heading has had the focus. */
  moveShown = 0;
  readonly route: Route = $derived(parseRoute(this.path));
  readonly query: URLSearchParams = $derived(new URLSearchParams(this.search));

  private saving = 0;

  /** Starts to follow links and the history. Called once, by the app. */
  start(): void {
    history.scrollRestoration = 'manual';
    document.addEventListener('click', (event) => this.followLink(event));
    window.addEventListener('popstate', (event) => this.returned(event));
    window.addEventListener('scroll', () => this.rememberScroll(), { passive: true });
  }

  go(url: string): void {
    const target = new URL(url, location.href);
    // What is not of this app (the API's documentation) is a page of its own.
    if (!isOurs(target)) return location.assign(target);
    const samePath = target.pathname === this.path;
    if (samePath && target.search === this.search) return;
    history.pushState({ y: 0 }, '', target);
    this.read();
    if (!samePath) this.moves += 1;
    window.scrollTo(0, 0);
  }

  /** Changes the query of this page without a new entry in the history. */
  replaceQuery(query: URLSearchParams): void {
    const text = query.toString();
    const search = text === '' ? '' : `?${text}`;
    if (search === location.search) return;
    history.replaceState(history.state, '', location.pathname + search);
    this.search = search;
  }

  private read(): void {
    this.path = location.pathname;
    this.search = location.search;
  }

  private returned(event: PopStateEvent): void {
    const before = this.path;
    this.read();
    if (before !== this.path) this.moves += 1;
    const state = event.state as { y?: number } | null;
    restoreScroll(state?.y ?? 0);
  }

  private rememberScroll(): void {
    clearTimeout(this.saving);
    const path = this.path;
    this.saving = window.setTimeout(() => {
      if (path === location.pathname) history.replaceState({ y: window.scrollY }, '');
    }, 150);
  }

  private followLink(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest?.('a');
    if (!link || link.target !== '' || link.hasAttribute('download')) return;
    if (link.origin !== location.origin || !isOurs(link)) return;
    if (link.hash !== '' && link.pathname === location.pathname) return;
    event.preventDefault();
    this.go(link.href);
  }
}

function isOurs({ pathname }: { pathname: string }): boolean {
  return pathname === base || pathname.startsWith(`${base}/`);
}

/** The page may still be loading what makes it tall enough: tries for a second. */
function restoreScroll(y: number): void {
  const until = performance.now() + 1000;
  const attempt = (): void => {
    window.scrollTo(0, y);
    if (Math.abs(window.scrollY - y) > 2 && performance.now() < until) requestAnimationFrame(attempt);
  };
  requestAnimationFrame(attempt);
}

export const router = new Router();
