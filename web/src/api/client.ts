/**
 * The HTTP side of the contract: JSON in and out, problem+json turned into one kind of error.
 * Knows no page and no component. An answer 401 is reported to whoever listens (the session).
 */
import type { FieldProblem, Page, ProblemDetails } from './types';

const requestTimeoutMs = 20_000;
/** For what may safely be tried again. */
export const connectionAdvice = 'Check that itsUP runs and that this device has a connection to it.';
const doneAdvice = 'It may have been done all the same: look before you try again.';

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

  /** Whether it may have been done all the same: what answered, if anything, was not itsUP. */
  get outcomeUnknown(): boolean {
    return [0, 502, 504].includes(this.status);
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

/** How a request ends before its answer: with its caller, or late. */
interface Ending {
  readonly signal: AbortSignal;
  late: boolean;
}

/** By hand, since phones that run everything else have no AbortSignal.any. */
async function limited<T>(
  limitMs: number,
  caller: AbortSignal | undefined,
  ask: (ending: Ending) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const ending = { signal: abort.signal, late: false };
  const end = (): void => abort.abort();
  const timer = setTimeout(() => {
    ending.late = true;
    end();
  }, limitMs);
  if (caller?.aborted) end();
  caller?.addEventListener('abort', end);
  try {
    return await ask(ending);
  } finally {
    clearTimeout(timer);
    caller?.removeEventListener('abort', end);
  }
}

/** What is thrown when no whole answer came. Only an abort by the caller stays what it is. */
function noAnswer(error: unknown, ending: Ending, title: string, advice: string): unknown {
  if (ending.late) return new ApiError(0, 'The server did not answer in time', advice);
  return ending.signal.aborted ? error : new ApiError(0, title, advice);
}

async function send(
  method: string,
  path: string,
  ending: Ending,
  advice: string,
  init: RequestInit = {},
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      ...init,
      method,
      signal: ending.signal,
      credentials: 'same-origin',
      headers: { Accept: 'application/json', ...init.headers },
    });
  } catch (error) {
    throw noAnswer(error, ending, 'The server cannot be reached', advice);
  }
  if (response.ok) return response;
  if (response.status === 401 && !path.startsWith('/auth/login')) onUnauthorized();
  throw await readProblem(response);
}

/** Reads the body; what breaks off, or is not JSON, is no answer of the daemon's. */
async function readJson<T>(response: Response, ending: Ending, advice: string): Promise<T | null> {
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    throw noAnswer(error, ending, 'The answer broke off', advice);
  }
  if (text === '') return null;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new ApiError(0, 'The answer cannot be read', `It is not from itsUP. ${advice}`);
  }
}

/** `signal` is the caller's own end of it; the time limit holds beside it. */
export function get<T>(
  path: string,
  signal?: AbortSignal,
  limitMs = requestTimeoutMs,
): Promise<T> {
  return limited(limitMs, signal, async (ending) => {
    const response = await send('GET', path, ending, connectionAdvice);
    const advice = 'Check the connection, and any proxy on the way, then try again.';
    const body = await readJson<T>(response, ending, advice);
    if (body === null) throw new ApiError(0, 'The answer is empty', advice);
    return body;
  });
}

interface PostOptions {
  headers?: Record<string, string>;
  /** What to do when no answer comes. */
  advice?: string;
}

/** Sends a JSON body; answers the JSON of the reply, or null when it has none. */
export function post<T>(
  path: string,
  body: unknown = {},
  { headers = {}, advice = doneAdvice }: PostOptions = {},
): Promise<T | null> {
  return limited(requestTimeoutMs, undefined, async (ending) => {
    const response = await send('POST', path, ending, advice, {
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', ...headers },
    });
    return readJson<T>(response, ending, advice);
  });
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
