/** What a deploy would do, in words. Pure. */
import type { ConfigProblem, Plan, PlanReason } from '../api/types';
import { placeOf, type Tone } from './status';

export const planActions: Record<string, { label: string; tone: Tone; verb: string }> = {
  create: { label: 'Create', tone: 'info', verb: 'creates' },
  roll_out: { label: 'Roll out', tone: 'info', verb: 'rolls out' },
  recreate: { label: 'Recreate', tone: 'warn', verb: 'recreates' },
  restart: { label: 'Restart', tone: 'warn', verb: 'restarts' },
  unchanged: { label: 'Unchanged', tone: 'idle', verb: 'leaves' },
  remove: { label: 'Remove', tone: 'bad', verb: 'removes' },
};

export function planAction(action: string): { label: string; tone: Tone; verb: string } {
  return planActions[action] ?? { label: action, tone: 'idle', verb: action };
}

export function changesOf(plan: Plan): Plan['services'] {
  return plan.services.filter((service) => service.action !== 'unchanged');
}

/** What a deploy warns of, without what the page says of the files already. */
export function warningsOf(plan: Plan, problems: readonly ConfigProblem[]): string[] {
  const said = new Set(problems.map(sentenceOf));
  return plan.warnings.filter((warning) => !said.has(warning));
}

/** A problem as the daemon writes it in one line. */
function sentenceOf(problem: ConfigProblem): string {
  const text = [placeOf(problem), problem.path, problem.message].filter((part) => part).join(': ');
  return problem.hint ? `${text}; ${problem.hint}` : text;
}

/** One sentence: `A deploy rolls out web and recreates db.` */
export function summarisePlan(plan: Plan): string {
  const changes = changesOf(plan);
  if (changes.length === 0) {
    return plan.files.length === 0
      ? 'A deploy would change nothing.'
      : 'A deploy writes new files and leaves every service.';
  }
  const byVerb = new Map<string, string[]>();
  for (const service of changes) {
    const { verb } = planAction(service.action);
    byVerb.set(verb, [...(byVerb.get(verb) ?? []), service.name]);
  }
  const parts = [...byVerb].map(([verb, names]) => {
    const shown = names.slice(0, 3).join(', ');
    return `${verb} ${shown}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`;
  });
  const last = parts.pop()!;
  return `A deploy ${parts.length === 0 ? last : `${parts.join(', ')} and ${last}`}.`;
}

/** `image: a → b`, `not running`: as much as the reason says. */
export function reasonText(reason: PlanReason): string {
  const { what, from, to } = reason;
  if (from && to) return `${what}: ${short(from)} → ${short(to)}`;
  if (to) return `${what}: ${short(to)}`;
  if (from) return `${what}: was ${short(from)}`;
  return what;
}

/** Digests and hashes are shown by their beginning, the way docker shows them. */
function short(text: string): string {
  return text.replace(/\b(sha256:)?([0-9a-f]{12})[0-9a-f]{20,}\b/g, '$1$2');
}
