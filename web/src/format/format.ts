/** Numbers and times as a person reads them. Pure: the clock is an argument. */

const unknown = '–';

export function parseTime(text: string | null | undefined): number | null {
  if (!text) return null;
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : time;
}

/** A span in at most two units: `4.2 s`, `3 min 12 s`, `2 d 4 h`. */
export function formatSpan(ms: number): string {
  if (!Number.isFinite(ms)) return unknown;
  const span = Math.max(0, ms);
  if (span < 1000) return `${Math.round(span)} ms`;
  if (span < 9_950) return `${(span / 1000).toFixed(1)} s`;
  const seconds = Math.round(span / 1000);
  if (seconds < 60) return `${seconds} s`;
  const units: [number, string][] = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  const at = units.findIndex(([size]) => seconds >= size);
  const [size, name] = units[at]!;
  const [nextSize, nextName] = units[at + 1]!;
  const rest = Math.floor((seconds % size) / nextSize);
  const head = `${Math.floor(seconds / size)} ${name}`;
  return rest === 0 ? head : `${head} ${rest} ${nextName}`;
}

/** One unit only, for narrow places: `12 s`, `3 min`, `2 d`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

export function formatAgo(text: string | null | undefined, now: number): string {
  const time = parseTime(text);
  if (time === null) return unknown;
  if (now - time < 3_000) return 'just now';
  return `${formatAge(now - time)} ago`;
}

/** `now` is null for what is over: when nobody wrote down its end, its length is not known. */
export function formatBetween(
  from: string | null | undefined,
  to: string | null | undefined,
  now: number | null,
): string {
  const start = parseTime(from);
  if (start === null) return '';
  const end = parseTime(to) ?? now;
  return end === null ? unknown : formatSpan(end - start);
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Local date and time, to the second, the same in every browser. */
export function formatDateTime(text: string | null | undefined): string {
  const time = parseTime(text);
  if (time === null) return unknown;
  const date = new Date(time);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Local time of day to the millisecond, for a log line. */
export function formatClock(text: string | null | undefined): string {
  const time = parseTime(text);
  if (time === null) return '';
  const date = new Date(time);
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** `repo/image:tag` without the digest, and the digest's first characters. */
export function splitImage(image: string): { name: string; digest: string } {
  const at = image.indexOf('@sha256:');
  if (at < 0) return { name: image, digest: '' };
  return { name: image.slice(0, at), digest: image.slice(at + 8, at + 20) };
}

/** The link of a domain that is one, or null: what the configuration holds need not be. */
export function domainLink(domain: string): string | null {
  const label = '[a-z0-9_]([a-z0-9_-]*[a-z0-9])?';
  const pattern = new RegExp(`^${label}(\\.${label})*(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?$`, 'i');
  return domain.length <= 253 && pattern.test(domain) ? `https://${domain}` : null;
}

/** A revision as git shows it in short. */
export function formatRevision(revision: string): string {
  return revision === '' ? '–' : revision.slice(0, 8);
}
