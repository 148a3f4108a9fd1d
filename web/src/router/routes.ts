/** URL → page. The server answers the same document for every path under the base. */

export const base = '/ui';

export type Route =
  | { page: 'overview' }
  | { page: 'project'; name: string }
  | { page: 'logs'; name: string }
  | { page: 'deployments' }
  | { page: 'deployment'; id: string }
  | { page: 'stacks' }
  | { page: 'stack-logs'; name: string }
  | { page: 'reconcile' }
  | { page: 'not-found'; path: string };

function decode(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}

export function parseRoute(pathname: string): Route {
  const notFound: Route = { page: 'not-found', path: pathname };
  if (pathname !== base && !pathname.startsWith(`${base}/`)) return notFound;
  const segments: string[] = [];
  for (const raw of pathname.slice(base.length).split('/')) {
    if (raw === '') continue;
    const segment = decode(raw);
    if (segment === null) return notFound;
    segments.push(segment);
  }
  const [first, second, third] = segments;
  if (first === undefined) return { page: 'overview' };
  if (first === 'projects' && second !== undefined) {
    if (segments.length === 2) return { page: 'project', name: second };
    if (segments.length === 3 && third === 'logs') return { page: 'logs', name: second };
  }
  if (first === 'projects' && segments.length === 1) return { page: 'overview' };
  if (first === 'deployments' && segments.length === 1) return { page: 'deployments' };
  if (first === 'deployments' && second !== undefined && segments.length === 2) {
    return { page: 'deployment', id: second };
  }
  if (first === 'stacks') {
    if (segments.length === 1) return { page: 'stacks' };
    if (segments.length === 3 && second !== undefined && third === 'logs') {
      return { page: 'stack-logs', name: second };
    }
  }
  if (first === 'reconcile' && segments.length === 1) return { page: 'reconcile' };
  return notFound;
}

/** The path of a page, with its base; query values that are empty are left out. */
export function pathTo(segments: string[], query: Record<string, string> = {}): string {
  const path = [base, ...segments.map(encodeURIComponent)].join('/');
  return withQuery(segments.length === 0 ? `${base}/` : path, query);
}

export function withQuery(path: string, query: Record<string, string | string[]>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== '') params.append(key, one);
    }
  }
  const text = params.toString();
  return text === '' ? path : `${path}?${text}`;
}

export const links = {
  overview: (query: Record<string, string> = {}) => pathTo([], query),
  project: (name: string) => pathTo(['projects', name]),
  logs: (name: string, query: Record<string, string> = {}) =>
    pathTo(['projects', name, 'logs'], query),
  deployments: () => pathTo(['deployments']),
  deployment: (id: string) => pathTo(['deployments', id]),
  stacks: () => pathTo(['stacks']),
  reconcile: () => pathTo(['reconcile']),
  stackLogs: (name: string) => pathTo(['stacks', name, 'logs']),
};
