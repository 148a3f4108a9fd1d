/** What a person can start. Every start answers a deployment, whose record tells the rest. */
import { ApiError, makeIdempotencyKey, post } from './client';
import type { Deployment, ReconcileRun } from './types';

export type ProjectAction = 'deploy' | 'start' | 'stop' | 'restart' | 'pull' | 'down' | 'rollback';
export type StackAction = 'up' | 'down' | 'restart';

async function start(path: string, body: unknown): Promise<Deployment> {
  const deployment = await post<Deployment>(path, body, {
    'Idempotency-Key': makeIdempotencyKey(),
  });
  if (deployment === null) {
    throw new ApiError(0, 'The answer is empty', 'Look at the deployments before you try again.');
  }
  return deployment;
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
