/**
 * The HTTP side of the contract: JSON in and out, problem+json turned into one kind of error.
 * Knows no page and no component. An answer 401 is reported to whoever listens (the session).
 */
import type { FieldProblem, Page, ProblemDetails } from './types';

const requestTimeoutMs = 20_000;

export class ApiError extends Error {
  constructor(
    /** The HTTP status; 0 when no answer came at all. */
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly errors: FieldProblem[] = [],
    readonly requestId: string | null = null,
  ) {
    super(detail === '' ? title : `${title}: ${detail}`);
  }
}

let onUnauthorized: () => void = () => {};

/** Sets what happens when an answer says that the session is over. */
export function setUnauthorizedHandler(handler: () => void): void {
  onUnauthorized = handler;
}

/** A key that makes a repeated request harmless. Works without a secure context, too. */
export function makeIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [8, 12, 16, 20].reduceRight((text, at) => `${text.slice(0, at)}-${text.slice(at)}`, hex);
}

function fallbackTitle(status: number): string {
  if (status === 502 || status === 503 || status === 504) return 'The server is not ready';
  if (status >= 500) return 'The server failed';
  if (status === 404) return 'Not found';
  if (status === 403) return 'Not allowed';
  if (status === 401) return 'Not logged in';
  return `The request was refused (${status})`;
}

/** Reads the error that a response carries, whatever its shape. */
export async function readProblem(response: Response): Promise<ApiError> {
  const requestId = response.headers.get('X-Request-Id');
  let problem: ProblemDetails = {};
  try {
    const parsed: unknown = await response.json();
    if (parsed !== null && typeof parsed === 'object') problem = parsed as ProblemDetails;
  } catch {
    // Something between us and the daemon answered; its page is of no use to a person here.
  }
  return new ApiError(
    response.status,
    problem.title ?? fallbackTitle(response.status),
    problem.detail ?? '',
    Array.isArray(problem.errors) ? problem.errors : [],
    problem.request_id ?? requestId,
  );
}

/** What is thrown when no whole answer came. Only an abort by the caller stays what it is. */
function noAnswer(error: unknown, title: string, advice: string): unknown {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'AbortError') return error;
  return new ApiError(0, name === 'TimeoutError' ? 'The server did not answer in time' : title, advice);
}

async function send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      ...init,
      method,
      credentials: 'same-origin',
      headers: { Accept: 'application/json', ...init.headers },
    });
  } catch (error) {
    const advice = 'Check that itsUP runs and that this device has a connection to it.';
    throw noAnswer(error, 'The server cannot be reached', advice);
  }
  if (response.ok) return response;
  if (response.status === 401 && !path.startsWith('/auth/login')) onUnauthorized();
  throw await readProblem(response);
}

/** Reads the body; what breaks off, or is not JSON, is no answer of the daemon's. */
async function readJson<T>(response: Response, advice: string): Promise<T | null> {
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    throw noAnswer(error, 'The answer broke off', advice);
  }
  if (text === '') return null;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new ApiError(0, 'The answer cannot be read', `It is not from itsUP. ${advice}`);
  }
}

/** `signal` is the caller's own end of it; the time limit holds beside it. */
export async function get<T>(
  path: string,
  signal?: AbortSignal,
  limitMs = requestTimeoutMs,
): Promise<T> {
  const limit = AbortSignal.timeout(limitMs);
  const response = await send('GET', path, {
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
  });
  const advice = 'Check the connection, and any proxy on the way, then try again.';
  const body = await readJson<T>(response, advice);
  if (body === null) throw new ApiError(0, 'The answer is empty', advice);
  return body;
}

/** Sends a JSON body; answers the JSON of the reply, or null when it has none. */
export async function post<T>(
  path: string,
  body: unknown = {},
  headers: Record<string, string> = {},
): Promise<T | null> {
  const response = await send('POST', path, {
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', ...headers },
    signal: AbortSignal.timeout(requestTimeoutMs),
  });
  return readJson<T>(response, 'It may have been done all the same: look before you try again.');
}

/** Reads every page of a list, up to `max` items. */
export async function getAll<T>(path: string, max = 2000): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const separator: string = path.includes('?') ? '&' : '?';
    const query: string = cursor === null ? '' : `${separator}cursor=${encodeURIComponent(cursor)}`;
    const page: Page<T> = await get<Page<T>>(path + query);
    items.push(...page.items);
    cursor = page.next_cursor ?? null;
  } while (cursor !== null && items.length < max);
  return items;
}
