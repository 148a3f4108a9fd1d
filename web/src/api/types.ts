/**
 * The wire types, in one place. Field names are those of the HTTP contract (snake_case); a client
 * must bear unknown fields and absent optional ones.
 */

export type Role = 'admin' | 'operator' | 'viewer';

export interface Me {
  name: string;
  role: Role;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface FieldProblem {
  pointer: string;
  detail: string;
}

export interface ProblemDetails {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  instance?: string;
  request_id?: string;
  errors?: FieldProblem[];
}

export type ProjectStatus =
  | 'running'
  | 'degraded'
  | 'stopped'
  | 'deploying'
  | 'not_deployed'
  | 'disabled'
  | 'invalid'
  | 'unknown'
  | 'reachable'
  | 'unreachable';

export interface ConfigProblem {
  severity: 'error' | 'warning';
  file: string;
  line?: number | null;
  column?: number | null;
  path?: string | null;
  message: string;
  hint?: string | null;
}

export interface LastDeployment {
  id: string;
  state: DeploymentState;
  finished_at: string | null;
}

export interface Project {
  name: string;
  kind: 'container' | 'host' | 'invalid';
  enabled: boolean;
  status: ProjectStatus;
  drift: boolean;
  services: { total: number; running: number; healthy: number };
  domains: string[];
  last_deployment: LastDeployment | null;
  problems: ConfigProblem[];
}

export interface Container {
  id: string;
  name: string;
  number: number;
  state: string;
  health?: string | null;
  exit_code?: number | null;
  restart_count?: number | null;
  started_at?: string | null;
  image_id?: string | null;
}

export interface Service {
  name: string;
  status: string;
  replicas: { wanted: number; running: number; healthy: number };
  image: string;
  containers: Container[];
}

export interface Stack {
  name: string;
  kind: 'dns' | 'proxy' | 'project';
  status: ProjectStatus;
  services: Service[];
}

export type PlanAction = 'create' | 'roll_out' | 'recreate' | 'restart' | 'unchanged' | 'remove';

export interface PlanReason {
  what: string;
  from?: string | null;
  to?: string | null;
}

export interface PlanService {
  name: string;
  action: PlanAction;
  reasons: PlanReason[];
  risks: string[];
}

export interface Plan {
  id: string;
  project: string;
  services: PlanService[];
  files: { path: string; diff: string }[];
}

export type DeploymentAction =
  | 'deploy'
  | 'rollback'
  | 'start'
  | 'stop'
  | 'restart'
  | 'pull'
  | 'down'
  | 'scale'
  | 'up';

export type DeploymentState =
  | 'queued'
  | 'running'
  | 'cancelling'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'interrupted';

export interface DeploymentStep {
  seq: number;
  name: string;
  service?: string | null;
  state: string;
  started_at?: string | null;
  finished_at?: string | null;
}

export interface DeploymentError {
  step?: string | null;
  service?: string | null;
  message: string;
  health?: unknown[];
  last_lines?: unknown[];
}

export interface Deployment {
  id: string;
  project: string;
  action: DeploymentAction;
  state: DeploymentState;
  actor: string;
  cause: string;
  request_id?: string | null;
  created_at: string;
  started_at?: string | null;
  finished_at?: string | null;
  services: { name: string; action: string; state: string }[];
  steps: DeploymentStep[];
  error?: DeploymentError | null;
}

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

export interface HealthCheck {
  status: string;
  detail?: string | null;
}

export interface Health {
  status: 'ok' | 'degraded';
  version: string;
  uptime_s: number;
  checks: Record<string, HealthCheck>;
}
