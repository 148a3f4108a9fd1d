/**
 * The wire types by the names that the app uses. They come from the daemon's own OpenAPI document
 * (`npm run types`); only what is not in it stands here. A state is a string on the wire: what a
 * newer daemon adds must still show.
 */
import type { components } from './schema';

type Schemas = components['schemas'];

export type Role = 'admin' | 'operator' | 'viewer';
export type Me = Schemas['Me'];

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export type FieldProblem = Schemas['FieldProblem'];
/** An error's body; whoever stands between us and the daemon may leave out anything. */
export type ProblemDetails = Partial<Schemas['Problem']>;

export type ConfigProblem = Schemas['FileProblem'];
export type Project = Schemas['Project'];
export type Container = Schemas['Container'];
export type Service = Schemas['Service'];
export type Stack = Schemas['Stack'];

export type PlanReason = Schemas['Reason'];
export type PlanService = Schemas['ServicePlan'];
export type Plan = Schemas['Plan'];

export type Deployment = Schemas['Deployment'];
export type DeploymentStep = Schemas['DeploymentStep'];
export type DeploymentError = Schemas['DeploymentError'];

export type Reconcile = Schemas['Reconcile'];
export type ReconcileRun = Schemas['ReconcileRun'];
export type Repository = Schemas['Repository'];

export type HealthCheck = Schemas['Check'];
export type Health = Schemas['Health'];

/** A line of a log stream, which no JSON answer carries. */
export interface LogRecord {
  time: string;
  project: string;
  service: string;
  container: string;
  stream: string;
  line: string;
  level?: string | null;
  /** The line was cut; the rest follows as the next record. */
  continued?: boolean;
  seq: number;
}
