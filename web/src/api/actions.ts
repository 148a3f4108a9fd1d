/** What a person can start. Every start answers a deployment, whose record tells the rest. */
import { ApiError, makeIdempotencyKey, post } from './client';
import { isOver } from '../format/status';
import type { Deployment, ReconcileRun } from './types';

export type ProjectAction = 'deploy' | 'start' | 'stop' | 'restart' | 'pull' | 'down' | 'rollback';
export type StackAction = 'up' | 'down' | 'restart';

/** Who gives an order again this soon after no answer means the same one; later, a new one. */
const sameOrderMs = 120_000;
/** What the next daemon does not take up when the end of one cuts it off. */
const notTakenUp = new Set<string>(['stop', 'down', 'pull', 'rollback']);
/** The keys of orders that have no answer; `until` is 0 while one may still come. */
const unanswered = new Map<string, { key: string; until: number }>();

async function start(path: string, body: unknown): Promise<Deployment> {
  const order = `${path} ${JSON.stringify(body)}`;
  const before = unanswered.get(order);
  const key = before && Date.now() < before.until ? before.key : makeIdempotencyKey();
  unanswered.set(order, { key, until: 0 });
  try {
    const headers = { 'Idempotency-Key': key };
    const deployment = await post<Deployment>(path, body, { headers });
    if (deployment !== null) {
      unanswered.delete(order);
      const isOld = key === before?.key && deployment.state === 'interrupted';
      return isOld && notTakenUp.has(deployment.action) ? await start(path, body) : deployment;
    }
    throw new ApiError(0, 'The answer is empty', 'Look at the deployments before you try again.');
  } catch (error) {
    if (unanswered.get(order)?.key === key) {
      unanswered.delete(order);
      if (error instanceof ApiError && error.outcomeUnknown) {
        unanswered.set(order, { key, until: Date.now() + sameOrderMs });
      }
    }
    throw error;
  }
}

/**
 * To be called with each deployment that the server reports. Once one is over, its order is known to
 * have arrived: the same again means a new one.
 */
export function noteDeployment({ project, action, state }: Deployment): void {
  if (!isOver(state)) return;
  const ending = `/${encodeURIComponent(project)}/${action}`;
  for (const order of unanswered.keys()) {
    if (order.slice(0, order.indexOf(' ')).endsWith(ending)) unanswered.delete(order);
  }
}

export function startProject(
  project: string,
  action: ProjectAction,
  body: unknown = {},
): Promise<Deployment> {
  return start(`/projects/${encodeURIComponent(project)}/${action}`, body);
}

export function startStack(stack: string, action: StackAction): Promise<Deployment> {
  return start(`/stacks/${encodeURIComponent(stack)}/${action}`, {});
}

/** Pulls the repositories and deploys what changed; answers the run that will. */
export function startReconcile(): Promise<ReconcileRun | null> {
  return post<ReconcileRun>('/reconcile');
}

export function cancelDeployment(id: string): Promise<unknown> {
  return post(`/deployments/${encodeURIComponent(id)}/cancel`);
}
