/**
 * A deployment's record, put together from its events. The same events twice change nothing, so a
 * replay after a reconnect is harmless. Knows neither socket nor page.
 */
import type { Deployment, DeploymentStep } from '../api/types';

export interface OutputLine {
  seq: number;
  service: string;
  line: string;
}

export interface StepOutput {
  lines: OutputLine[];
  /** Lines that were let go because there were too many. */
  dropped: number;
}

/** What one step keeps for the page; the whole record stays on the server. */
export const linesMax = 5_000;

function field(data: unknown, name: string): unknown {
  if (data === null || typeof data !== 'object') return undefined;
  return (data as Record<string, unknown>)[name];
}

export class Transcript {
  deployment: Deployment | null = null;
  readonly steps = new Map<number, DeploymentStep>();
  readonly output = new Map<number, StepOutput>();
  ended = false;

  private lastSeq = 0;
  private lastStep = 0;

  /** Takes over a Deployment; never goes back from an end to a state before it. */
  setDeployment(deployment: Deployment): void {
    if (this.ended && this.deployment !== null) return;
    this.deployment = deployment;
    for (const step of deployment.steps) this.setStep(step);
  }

  /** `place` is the event's number in the record, as its stream gives it. */
  receive(event: string, data: unknown, place?: string): void {
    if (event === 'end') {
      this.setDeployment((field(data, 'deployment') ?? data) as Deployment);
      this.ended = true;
    } else if (event === 'state') {
      this.setState(field(data, 'state'));
    } else if (event === 'step') {
      this.setStep(data as DeploymentStep);
    } else if (event === 'output') {
      const seq = Number(place);
      if (seq <= this.lastSeq) return;
      if (seq > 0) this.lastSeq = seq;
      this.addLine(data, seq > 0 ? seq : 0);
    } else if (event === 'snapshot') {
      this.setDeployment((field(data, 'deployment') ?? data) as Deployment);
    }
  }

  /** Steps in the order in which they began. */
  orderedSteps(): DeploymentStep[] {
    return [...this.steps.values()].sort((a, b) => a.seq - b.seq);
  }

  private setState(state: unknown): void {
    if (this.deployment === null || typeof state !== 'string' || this.ended) return;
    this.deployment = { ...this.deployment, state };
  }

  private setStep(step: DeploymentStep | null | undefined): void {
    if (typeof step?.seq !== 'number' || typeof step.name !== 'string') return;
    const known = this.steps.get(step.seq);
    // A replayed beginning must not undo an end that is known already.
    if (known?.finished_at && !step.finished_at) return;
    this.steps.set(step.seq, step);
    this.lastStep = Math.max(this.lastStep, step.seq);
  }

  private addLine(data: unknown, seq: number): void {
    const line = field(data, 'line');
    if (typeof line !== 'string') return;
    const given = field(data, 'step');
    const step = typeof given === 'number' ? given : this.lastStep;
    const service = field(data, 'service');
    let output = this.output.get(step);
    if (output === undefined) {
      output = { lines: [], dropped: 0 };
      this.output.set(step, output);
    }
    output.lines.push({ seq, service: typeof service === 'string' ? service : '', line });
    // Lets go of many at once: dropping one by one would copy the list for each line.
    if (output.lines.length > linesMax * 1.2) {
      const surplus = output.lines.length - linesMax;
      output.lines.splice(0, surplus);
      output.dropped += surplus;
    }
  }
}
