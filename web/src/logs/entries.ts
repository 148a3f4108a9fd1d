/** Log events of the wire → entries of the view, and their texts. Pure. */
import type { LogRecord } from '../api/types';
import type { Entry } from './ring';

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

const badMarks = ['die', 'oom', 'kill', 'unhealthy', 'away'];
const goodMarks = ['start', 'healthy', 'back', 'unpause'];

function toneOf(what: string): 'bad' | 'good' | 'info' {
  if (badMarks.some((mark) => what.includes(mark))) return 'bad';
  return goodMarks.some((mark) => what.includes(mark)) ? 'good' : 'info';
}

/** The entry of one event; null for events that are not part of a log. */
export function entryOf(event: string, data: unknown): Entry | null {
  if (data === null || typeof data !== 'object') return null;
  const record = data as Record<string, unknown>;
  if (event === 'line') {
    if (typeof record['line'] !== 'string') return null;
    return { kind: 'line', record: data as LogRecord };
  }
  if (event === 'gap') {
    const skipped = Number(record['skipped']);
    return { kind: 'gap', skipped: skipped > 0 ? skipped : 0, time: text(record['time']) || null };
  }
  if (event === 'marker') {
    const what = text(record['what']) || text(record['message']) || 'something happened';
    const subject = text(record['container']) || text(record['service']);
    return {
      kind: 'marker',
      text: subject === '' ? what : `${subject}: ${what}`,
      tone: toneOf(what),
      time: text(record['time']) || null,
      service: text(record['service']),
    };
  }
  return null;
}

export function gapText(skipped: number): string {
  if (skipped === 0) return 'Some lines were skipped here: this page could not keep up';
  const lines = skipped === 1 ? '1 line was' : `${skipped.toLocaleString('en')} lines were`;
  return `${lines} skipped here: this page could not keep up`;
}

/** The name of the service before a line, as wide for every line. */
export function servicePrefix(service: string, width: number): string {
  return width === 0 ? '' : `${shortened(service, width).padEnd(width)} `;
}

export function shortened(name: string, most: number): string {
  return name.length <= most ? name : `${name.slice(0, most - 1)}…`;
}

/** An entry as a line of a downloaded file. */
export function plainEntry(entry: Entry): string {
  if (entry.kind === 'line') {
    return `${entry.record.time} ${entry.record.service} | ${entry.record.line}`;
  }
  if (entry.kind === 'gap') return `--- ${gapText(entry.skipped)} ---`;
  return `--- ${entry.time ?? ''} ${entry.text} ---`;
}
