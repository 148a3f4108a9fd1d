/** What a screen reader says without moving the focus. */
class Announcer {
  text = $state('');

  say(text: string): void {
    // The same text twice in a row would not be spoken again.
    this.text = this.text === text ? `${text}\u00a0` : text;
  }
}

export const announcer = new Announcer();
