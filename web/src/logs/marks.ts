/** Marks where a search text occurs in the pieces of a line. Literal text only: linear, no regex. */
import type { Piece } from './ansi';

export interface MarkedPiece extends Piece {
  hit: boolean;
}

/** A pattern without any sign of the regular expression syntax: its hits can be marked. */
export function literalOf(pattern: string): string {
  return /[\\^$.|?*+()[\]{}]/.test(pattern) ? '' : pattern;
}

export function markMatches(pieces: Piece[], needle: string): MarkedPiece[] {
  if (needle === '') return pieces.map((piece) => ({ ...piece, hit: false }));
  const marked: MarkedPiece[] = [];
  for (const { text, cls } of pieces) {
    let at = 0;
    for (let hit = text.indexOf(needle); hit >= 0; hit = text.indexOf(needle, at)) {
      if (hit > at) marked.push({ text: text.slice(at, hit), cls, hit: false });
      marked.push({ text: needle, cls, hit: true });
      at = hit + needle.length;
    }
    if (at < text.length) marked.push({ text: text.slice(at), cls, hit: false });
  }
  return marked;
}
