/** States in words and tones, and which project deserves the first look. Pure. */
import type { ConfigProblem, Project, Reconcile } from '../api/types';
import { formatCount } from './format';

export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'info' | 'idle';

export interface Shown {
  label: string;
  tone: Tone;
}

const projectStates: Record<string, Shown> = {
  running: { label: 'Running', tone: 'good' },
  degraded: { label: 'Degraded', tone: 'bad' },
  stopped: { label: 'Stopped', tone: 'idle' },
  deploying: { label: 'Deploying', tone: 'busy' },
  not_deployed: { label: 'Not deployed', tone: 'idle' },
  disabled: { label: 'Disabled', tone: 'idle' },
  invalid: { label: 'Invalid', tone: 'bad' },
  unknown: { label: 'Unknown', tone: 'warn' },
  reachable: { label: 'Reachable', tone: 'good' },
  unreachable: { label: 'Unreachable', tone: 'bad' },
};

const deploymentStates: Record<string, Shown> = {
  queued: { label: 'Queued', tone: 'busy' },
  running: { label: 'Running', tone: 'busy' },
  cancelling: { label: 'Cancelling', tone: 'busy' },
  succeeded: { label: 'Succeeded', tone: 'good' },
  failed: { label: 'Failed', tone: 'bad' },
  cancelled: { label: 'Cancelled', tone: 'warn' },
  interrupted: { label: 'Interrupted', tone: 'bad' },
};

const containerTones: Record<string, Tone> = {
  running: 'good',
  healthy: 'good',
  starting: 'busy',
  created: 'busy',
  restarting: 'warn',
  paused: 'warn',
  unhealthy: 'bad',
  dead: 'bad',
  degraded: 'bad',
};

/** What an exit code says by convention: signals count from 128. */
const exitMeanings: Record<number, string> = {
  126: 'not executable',
  127: 'command not found',
  130: 'interrupted',
  134: 'aborted',
  137: 'killed',
  139: 'crashed',
  143: 'terminated',
};

/** Whether the host is what the repositories say. A pull that failed leaves that unknown. */
export function reconcileVerdict(now: Reconcile): Shown {
  if (now.running) return { label: 'Running', tone: 'busy' };
  if (now.waiting) return { label: 'Waiting', tone: 'busy' };
  if (now.last?.state === 'failed' || now.repositories.some((one) => one.error)) {
    return { label: 'Failed', tone: 'bad' };
  }
  return now.drift ? { label: 'Drift', tone: 'warn' } : { label: 'In step', tone: 'good' };
}

/** `roll_out` → `Roll out`. */
export function words(text: string): string {
  const spaced = text.replaceAll('_', ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

export function projectState(status: string): Shown {
  return projectStates[status] ?? { label: words(status), tone: 'idle' };
}

export function deploymentState(state: string): Shown {
  return deploymentStates[state] ?? { label: words(state), tone: 'idle' };
}

export function containerState(
  state: string,
  health: string | null | undefined,
  exitCode: number | null | undefined,
): Shown {
  if (state === 'running' && health && health !== 'none') {
    return { label: words(health), tone: containerTones[health] ?? 'good' };
  }
  if (state === 'exited' && typeof exitCode === 'number') {
    const meaning = exitMeanings[exitCode];
    const label = `Exited with ${exitCode}${meaning === undefined ? '' : ` (${meaning})`}`;
    return { label, tone: exitCode === 0 ? 'idle' : 'bad' };
  }
  return { label: words(state), tone: containerTones[state] ?? 'idle' };
}

export function isOver(state: string): boolean {
  return ['succeeded', 'failed', 'cancelled', 'interrupted'].includes(state);
}

export function failedLast(project: Project): boolean {
  const state = project.last_deployment?.state;
  return state === 'failed' || state === 'interrupted';
}

function hasErrors(project: Project): boolean {
  return project.problems.some((problem) => problem.severity === 'error');
}

export function needsAttention(project: Project): boolean {
  if (['invalid', 'degraded', 'unreachable', 'unknown'].includes(project.status)) return true;
  if (project.status === 'disabled') return false;
  return failedLast(project) || hasErrors(project);
}

const ranks: Record<string, number> = {
  degraded: 0,
  unreachable: 1,
  invalid: 2,
  unknown: 3,
  deploying: 5,
  running: 7,
  reachable: 7,
  stopped: 6,
  not_deployed: 8,
  disabled: 9,
};

/** What is wrong first, then what is going on, then by name. */
export function compareProjects(a: Project, b: Project): number {
  const rankOf = (project: Project): number => {
    const rank = ranks[project.status] ?? 6;
    return needsAttention(project) ? Math.min(rank, 4) : rank;
  };
  return rankOf(a) - rankOf(b) || a.name.localeCompare(b.name);
}

export function placeOf(problem: ConfigProblem): string {
  if (problem.line == null || problem.line === 0) return problem.file;
  return `${problem.file}:${problem.line}`;
}

/** One sentence for the list: why a project is not simply running. Empty when it is. */
export function whyNotWell(project: Project): string {
  const error = project.problems.find((problem) => problem.severity === 'error');
  if (error !== undefined) return `${placeOf(error)}: ${error.message}`;
  const { total, running, healthy } = project.services;
  if (project.status === 'degraded') {
    if (running < total) return `${formatCount(total - running, 'service')} of ${total} not running`;
    if (healthy < total) return `${formatCount(total - healthy, 'service')} of ${total} not healthy`;
    return 'Not every replica is running';
  }
  if (project.status === 'unknown') return 'The Docker engine cannot be asked';
  if (project.status === 'unreachable') return 'The host does not answer';
  if (failedLast(project)) return 'The last deployment failed';
  if (project.status === 'not_deployed') return 'Configured, never deployed';
  if (project.drift) return 'The configuration has changed since the last deployment';
  return '';
}

export function servicesText(project: Project): string {
  const { total, running, healthy } = project.services;
  if (project.kind === 'host') return 'another host';
  // Numbers from before the engine went would be a guess.
  if (project.status === 'unknown') return 'unknown';
  if (total === 0) return 'no services';
  if (running < total) return `${running} of ${total} running`;
  if (healthy < total) return `${healthy} of ${total} healthy`;
  return `${formatCount(total, 'service')} up`;
}
