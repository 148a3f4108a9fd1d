/** The frames of the one WebSocket that a tab holds (`/ws`, JSON text). */

export type Channel = 'events' | 'logs' | 'deployment' | 'stats';

export interface SubscriptionRequest {
  channel: Channel;
  project?: string;
  deployment?: string;
  params?: Record<string, unknown>;
  /** Where to go on; absent for a fresh start. */
  cursor?: string;
}

export interface ServerFrame {
  /** The subscription that it belongs to; absent for `pong` and `heartbeat`. */
  id?: string;
  event: string;
  cursor?: string;
  data?: unknown;
}

/** Reads one frame; null for what is not one. */
export function parseFrame(text: unknown): ServerFrame | null {
  if (typeof text !== 'string') return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (value === null || typeof value !== 'object') return null;
  const frame = value as Record<string, unknown>;
  if (typeof frame['event'] !== 'string') return null;
  const result: ServerFrame = { event: frame['event'], data: frame['data'] };
  if (typeof frame['id'] === 'string') result.id = frame['id'];
  if (typeof frame['cursor'] === 'string') result.cursor = frame['cursor'];
  else if (typeof frame['cursor'] === 'number') result.cursor = String(frame['cursor']);
  return result;
}
