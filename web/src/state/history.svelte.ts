/**
 * The deployments as a list that grows at both ends: new ones in front, older pages behind. What a
 * new one pushes off the first page stays, once older pages were asked for.
 */
import type { Deployment, Page } from '../api/types';

export class DeploymentHistory {
  items: Deployment[] = $state.raw([]);
  /** Where the next older page begins; null at the end of the list. */
  cursor: string | null = $state.raw(null);
  private paged = false;

  /** The first page, read again. */
  takeNewest(page: Page<Deployment>): void {
    const ids = new Set(page.items.map((one) => one.id));
    const rest = this.items.filter((one) => !ids.has(one.id));
    // Without a row in common, more came than a page holds: what is between was never read.
    const joined = rest.length < this.items.length;
    if (this.paged && joined) {
      this.items = [...page.items, ...rest];
    } else {
      this.items = page.items;
      this.cursor = page.next_cursor ?? null;
      this.paged = false;
    }
  }

  /** Where to read on, which stays the list's end until `addOlder`; null at the end of it all. */
  askOlder(): string | null {
    this.paged = true;
    return this.cursor;
  }

  /** The page behind `cursor`. False if the list has begun anew meanwhile: ask again then. */
  addOlder(page: Page<Deployment>, cursor: string): boolean {
    if (cursor !== this.cursor) return false;
    const known = new Set(this.items.map((one) => one.id));
    this.items = [...this.items, ...page.items.filter((one) => !known.has(one.id))];
    this.cursor = page.next_cursor ?? null;
    return true;
  }

  /** A row that is shown has changed; nobody reads the older pages again. */
  update(deployment: Deployment): void {
    if (!this.items.some((one) => one.id === deployment.id)) return;
    this.items = this.items.map((one) => (one.id === deployment.id ? deployment : one));
  }
}
