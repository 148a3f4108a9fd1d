/**
 * Every project with its live state, for all pages: a first list, then what the event subscription
 * says. Changes within one frame are taken over together, so that a storm costs one redraw.
 */
import { noteDeployment } from '../api/actions';
import { ApiError, getAll } from '../api/client';
import type { Deployment, Project, Reconcile } from '../api/types';
import type { Subscription } from '../live/client';
import { live } from './live.svelte';

export type Change =
  | { kind: 'project'; name: string; removed: boolean }
  | { kind: 'container'; project: string }
  | { kind: 'stack'; name: string }
  | { kind: 'deployment'; deployment: Deployment }
  | { kind: 'reconcile'; status: Reconcile };

type Listener = (change: Change) => void;

const batchMs = 30;
const againAfterMs = 5_000;

function field(data: unknown, name: string): unknown {
  if (data === null || typeof data !== 'object') return undefined;
  return (data as Record<string, unknown>)[name];
}

/** The object that an event carries: itself, or wrapped beside `seq` and `time`. */
function subject<T>(data: unknown, name: string): T {
  const inner = field(data, name);
  return (inner !== null && typeof inner === 'object' ? inner : data) as T;
}

class Projects {
  items: Project[] = $state.raw([]);
  loaded = $state(false);
  error: ApiError | null = $state.raw(null);
  readonly byName: Map<string, Project> = $derived(new Map(this.items.map((p) => [p.name, p])));

  private subscription: Subscription | null = null;
  private pending = new Map<string, Project | null>();
  private timer = 0;
  private againTimer = 0;
  private hasSnapshot = false;
  private readonly listeners = new Set<Listener>();
  private stopBack: (() => void) | null = null;

  start(): void {
    this.subscribe();
    this.stopBack = live.onBack(() => void this.load());
    void this.load();
  }

  private subscribe(): void {
    this.subscription = live.client.subscribe(
      { channel: 'events' },
      {
        onEvent: (event, data) => this.received(event, data),
        onError: () => {
          void this.load();
          this.againTimer = window.setTimeout(() => this.subscribe(), againAfterMs);
        },
      },
    );
  }

  stop(): void {
    this.subscription?.close();
    this.subscription = null;
    this.stopBack?.();
    clearTimeout(this.timer);
    clearTimeout(this.againTimer);
    this.timer = 0;
    this.pending.clear();
    this.items = [];
    this.loaded = false;
    this.hasSnapshot = false;
    this.error = null;
  }

  /** Calls at every change that the server reports; answers how to stop that. */
  onChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Reads the whole list again. */
  async load(): Promise<void> {
    this.hasSnapshot = false;
    try {
      const items = await getAll<Project>('/projects?limit=1000');
      this.error = null;
      // A snapshot that came meanwhile is newer than this answer may be.
      if (!this.hasSnapshot) this.replaceAll(items);
    } catch (error) {
      if (error instanceof ApiError && error.status !== 401) this.error = error;
    }
  }

  private replaceAll(items: Project[]): void {
    this.pending.clear();
    this.items = items;
    this.loaded = true;
  }

  private received(event: string, data: unknown): void {
    if (event === 'snapshot') {
      const items = field(data, 'items');
      if (!Array.isArray(items)) return;
      this.hasSnapshot = true;
      this.error = null;
      this.replaceAll(items as Project[]);
    } else if (event === 'project') {
      this.projectChanged(data);
    } else if (event === 'deployment') {
      const deployment = subject<Deployment>(data, 'deployment');
      if (typeof deployment.id !== 'string') return;
      noteDeployment(deployment);
      this.tell({ kind: 'deployment', deployment });
    } else if (event === 'reconcile') {
      const status = subject<Reconcile>(data, 'reconcile');
      if (Array.isArray(status.repositories)) this.tell({ kind: 'reconcile', status });
    } else if (event === 'container') {
      const project = field(data, 'project');
      if (typeof project === 'string') this.tell({ kind: 'container', project });
    } else if (event === 'stack') {
      const name = field(data, 'name') ?? field(data, 'stack');
      if (typeof name === 'string') this.tell({ kind: 'stack', name });
    }
  }

  private projectChanged(data: unknown): void {
    const project = subject<Project>(data, 'project');
    if (typeof project.name !== 'string') return;
    const removed = field(data, 'removed') === true;
    if (!removed && project.status === undefined) return void this.load();
    this.pending.set(project.name, removed ? null : project);
    this.tell({ kind: 'project', name: project.name, removed });
    if (this.timer === 0) this.timer = window.setTimeout(() => this.apply(), batchMs);
  }

  private apply(): void {
    this.timer = 0;
    const changed = this.pending;
    this.pending = new Map();
    const items: Project[] = [];
    for (const project of this.items) {
      const next = changed.get(project.name);
      changed.delete(project.name);
      if (next !== null) items.push(next ?? project);
    }
    for (const added of changed.values()) if (added !== null) items.push(added);
    this.items = items;
  }

  private tell(change: Change): void {
    for (const listener of this.listeners) listener(change);
  }
}

export const projects = new Projects();
