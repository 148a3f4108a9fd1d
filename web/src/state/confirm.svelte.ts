/** Asks before something is lost. The dialog itself is drawn once, by the app. */
export interface Question {
  title: string;
  /** What happens, in sentences. */
  body: string[];
  action: string;
  /** What has to be typed; absent when a click is enough. */
  typed?: string;
}

class Confirmation {
  question: Question | null = $state.raw(null);
  private answer: ((yes: boolean) => void) | null = null;

  ask(question: Question): Promise<boolean> {
    this.answer?.(false);
    this.question = question;
    return new Promise((resolve) => {
      this.answer = resolve;
    });
  }

  close(yes: boolean): void {
    const answer = this.answer;
    this.answer = null;
    this.question = null;
    answer?.(yes);
  }
}

export const confirmation = new Confirmation();
