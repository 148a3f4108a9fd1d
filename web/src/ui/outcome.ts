/** Words for what was asked for and did not, or may not, happen. */
import type { ApiError } from '../api/client';

/** "The restart was not started"; or, where no answer came, that nobody knows. */
export function notDone(error: ApiError, what: string, done = 'started'): string {
  if (error.outcomeUnknown) return `It is not known whether ${what} was ${done}`;
  return `${what.charAt(0).toUpperCase()}${what.slice(1)} was not ${done}`;
}
