/**
 * Watches one deployment, over or running: its record so far and every event after. Uses the live
 * connection; where that cannot be had, the deployment's own event stream; and both again, later and
 * later, for as long as neither is to be had.
 */
import { cancelDeployment } from '../api/actions';
import { ApiError, get } from '../api/client';
import type { Deployment, DeploymentStep } from '../api/types';
import { backoffMs, type Subscription } from '../live/client';
import { Transcript, type StepOutput } from '../live/transcript';
import { isOver } from '../format/status';
import { announcer } from './announce.svelte';
import { live } from './live.svelte';
import { session } from './session.svelte';

const fallbackAfterMs = 2_500;

export class DeploymentWatch {
  deployment: Deployment | null = $state.raw(null);
  steps: DeploymentStep[] = $state.raw([]);
  /** Rises whenever a line was added, for `outputOf`. */
  version = $state(0);
  error: ApiError | null = $state.raw(null);
  /** Nothing follows the deployment for now; `error` may say why. */
  lost = $state(false);
  /** Why it was not cancelled. */
  cancelError: ApiError | null = $state.raw(null);
  onEnd: (deployment: Deployment) => void = () => {};

  private asksToCancel = $state(false);
  private readonly transcript = new Transcript();
  private subscription: Subscription | null = null;
  private source: EventSource | null = null;
  private fallbackTimer = 0;
  private retryTimer = 0;
  private attempt = 0;
  /** Its end was read and told, though its stream was refused. */
  private endRead = false;
  private stopBack: () => void = () => {};
  private drawTimer = 0;
  private draws = 0;
  private stopped = false;

  constructor(
    readonly id: string,
    known: Deployment | null = null,
  ) {
    if (known !== null) this.transcript.setDeployment(known);
    this.draw();
  }

  /** Begins, or begins again: what watched before is closed first. */
  async start(): Promise<void> {
    this.unwatch();
    this.stopped = false;
    this.stopBack = live.onBack(() => this.listen());
    this.listen();
    await this.load();
  }

  stop(): void {
    this.stopped = true;
    this.unwatch();
    clearTimeout(this.drawTimer);
    this.drawTimer = 0;
  }

  /** Asked for, or under way. */
  get cancelling(): boolean {
    return this.asksToCancel || this.deployment?.state === 'cancelling';
  }

  async cancel(): Promise<void> {
    if (this.cancelling) return;
    this.asksToCancel = true;
    this.cancelError = null;
    announcer.say('Cancelling…');
    try {
      const now = await cancelDeployment(this.id);
      this.transcript.receive('state', now);
      this.draw();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.cancelError = error;
    } finally {
      this.asksToCancel = false;
    }
  }

  outputOf(step: number): StepOutput | undefined {
    return this.transcript.output.get(step);
  }

  private unwatch(): void {
    this.subscription?.close();
    this.subscription = null;
    this.source?.close();
    this.source = null;
    this.stopBack();
    clearTimeout(this.fallbackTimer);
    clearTimeout(this.retryTimer);
  }

  /** Follows the deployment, unless something does already. */
  private listen(): void {
    if (this.subscription !== null || this.source !== null) return;
    clearTimeout(this.retryTimer);
    this.subscription = live.client.subscribe(
      { channel: 'deployment', deployment: this.id },
      {
        onEvent: (event, data, cursor) => this.receive(event, data, cursor),
        onError: () => this.openSource(),
      },
    );
    this.fallbackTimer = window.setTimeout(() => {
      if (live.status !== 'open') this.openSource();
    }, fallbackAfterMs);
  }

  private async load(): Promise<void> {
    try {
      const found = await get<Deployment>(`/deployments/${encodeURIComponent(this.id)}`);
      this.transcript.setDeployment(found);
      this.error = null;
      this.draw();
    } catch (error) {
      if (error instanceof ApiError) this.error = error;
    }
  }

  private openSource(): void {
    if (this.source !== null || this.stopped || this.transcript.ended) return;
    this.subscription?.close();
    this.subscription = null;
    const source = new EventSource(`/deployments/${encodeURIComponent(this.id)}/events`);
    this.source = source;
    source.onopen = () => this.followed();
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) this.refused();
    };
    for (const name of ['state', 'step', 'output', 'end']) {
      source.addEventListener(name, (event) => {
        try {
          const message = event as MessageEvent<string>;
          this.receive(name, JSON.parse(message.data), message.lastEventId);
        } catch {
          // One unreadable event must not end the rest.
        }
        if (name === 'end') source.close();
      });
    }
  }

  private followed(): void {
    this.attempt = 0;
    this.lost = false;
  }

  /** The browser tries what was refused no second time; the session may be over. */
  private refused(): void {
    this.source = null;
    this.lost = true;
    void session.check();
    if (this.endRead) return;
    const delay = backoffMs(this.attempt, Math.random());
    this.attempt += 1;
    this.retryTimer = window.setTimeout(() => void this.again(), delay);
  }

  private async again(): Promise<void> {
    await this.load();
    if (this.stopped || this.error?.status === 404) return;
    if (this.error === null && this.deployment !== null && isOver(this.deployment.state)) {
      this.endRead = true;
      this.onEnd(this.deployment);
    }
    // Of what is over, once more for its output.
    this.listen();
  }

  private receive(event: string, data: unknown, place?: string): void {
    this.followed();
    const before = this.transcript.ended;
    this.transcript.receive(event, data, place);
    if (this.transcript.ended && !before) {
      this.draw();
      const { deployment } = this.transcript;
      if (deployment !== null && !this.endRead) this.onEnd(deployment);
    } else if (this.drawTimer === 0) {
      this.drawTimer = window.setTimeout(() => this.draw(), 30);
    }
  }

  private draw(): void {
    this.drawTimer = 0;
    this.deployment = this.transcript.deployment;
    this.steps = this.transcript.orderedSteps();
    this.draws += 1;
    this.version = this.draws;
  }

  /** Whether the deployment still goes on, as far as is known. */
  get running(): boolean {
    return this.deployment !== null && !isOver(this.deployment.state);
  }
}
