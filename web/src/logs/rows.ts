/** How high the rows of a log view are. Pure; the view measures and corrects what differs. */
import type { Entry } from './ring';

/** Longer lines are shown up to here until a person asks for the rest. */
export const shownMax = 4_000;
export const rowPx = 20;

export interface RowMeasure {
  wrap: boolean;
  /** Characters per row of the view. */
  columns: number;
  /** Characters before the text of a line. */
  prefix: number;
  /** Characters by which the rows after the first are moved in. */
  hang: number;
}

export function estimateHeight(entry: Entry | undefined, measure: RowMeasure): number {
  if (!measure.wrap || entry === undefined || entry.kind !== 'line') return rowPx;
  const length = measure.prefix + Math.min(entry.record.line.length, shownMax + 24);
  const rest = Math.max(0, length - measure.columns);
  const perRow = Math.max(8, measure.columns - measure.hang);
  return rowPx * (1 + Math.ceil(rest / perRow));
}
