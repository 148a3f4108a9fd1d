/** Asks before something is lost. The dialog itself is drawn once, by the app. */
import { ApiError } from '../api/client';

export interface Question {
  title: string;
  /** What happens, in sentences. */
  body: string[];
  action: string;
  /** What has to be typed; absent when a click is enough. */
  typed?: string;
  /**
   * What a yes does, where whoever asks does not outlive the question. The dialog stays until it is
   * done, and says why when it is refused.
   */
  perform?: () => Promise<void>;
}

class Confirmation {
  question: Question | null = $state.raw(null);
  /** What a yes started goes on; the dialog stays for its result. */
  busy = $state(false);
  error: ApiError | null = $state.raw(null);
  private answer: ((yes: boolean) => void) | null = null;

  ask(question: Question): Promise<boolean> {
    this.end(false);
    this.question = question;
    return new Promise((resolve) => {
      this.answer = resolve;
    });
  }

  async accept(): Promise<void> {
    const { question } = this;
    if (question === null || this.busy) return;
    this.busy = true;
    this.error = null;
    try {
      await question.perform?.();
      if (this.question === question) this.end(true);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (this.question === question) this.error = error;
    } finally {
      if (this.question === question) this.busy = false;
    }
  }

  /** No. Waits for what a yes has started: its result would be told to nobody. */
  refuse(): void {
    if (!this.busy) this.end(false);
  }

  /** Ends the question whatever goes on. */
  end(yes: boolean): void {
    const { answer } = this;
    this.answer = null;
    this.question = null;
    this.busy = false;
    this.error = null;
    answer?.(yes);
  }
}

export const confirmation = new Confirmation();
