/**
 * Text of a container → pieces that are safe to show. Only colours and weights (SGR) have an
 * effect; every other control is shown as a visible symbol, so that a container can neither move
 * the cursor, set a title, write the clipboard nor hide a line. Colours are mapped to the sixteen
 * of the theme, so that a line cannot make itself illegible. Linear in the length of the text.
 */

export interface Piece {
  text: string;
  /** Class names, separated by blanks; empty for plain text. */
  cls: string;
}

interface Style {
  fg: number | null;
  bg: number | null;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  strike: boolean;
  inverse: boolean;
}

const plain: Style = {
  fg: null,
  bg: null,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  strike: false,
  inverse: false,
};

/** An SGR sequence longer than this is not one that a program writes. */
const sgrLengthMax = 64;

// Controls (but tab), bidirectional and invisible format characters, lone surrogates (with `u` the
// class finds no others).
// eslint-disable-next-line no-control-regex
const special =
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]/gu;

/** The visible stand-in of a character that has no glyph or has an effect. */
export function symbolOf(code: number): string {
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

function classOf(style: Style): string {
  let { fg, bg } = style;
  if (style.inverse) [fg, bg] = [null, fg ?? 7];
  const names: string[] = [];
  if (fg !== null) names.push(`a-f${fg}`);
  if (bg !== null) names.push(`a-b${bg}`);
  if (style.bold) names.push('a-bold');
  if (style.dim) names.push('a-dim');
  if (style.italic) names.push('a-italic');
  if (style.underline) names.push('a-under');
  if (style.strike) names.push('a-strike');
  return names.join(' ');
}

/** The one of the sixteen that looks most like a colour of 24 bits. */
export function nearestOfSixteen(red: number, green: number, blue: number): number {
  const most = Math.max(red, green, blue);
  const least = Math.min(red, green, blue);
  if (most - least < 32) {
    if (most < 48) return 0;
    if (most < 128) return 8;
    return most < 224 ? 7 : 15;
  }
  const middle = (most + least) / 2;
  const hue = (red > middle ? 1 : 0) | (green > middle ? 2 : 0) | (blue > middle ? 4 : 0);
  return most > 200 ? hue + 8 : hue;
}

function fromPalette(index: number): number | null {
  if (index < 0 || index > 255) return null;
  if (index < 16) return index;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return nearestOfSixteen(grey, grey, grey);
  }
  const levels = [0, 95, 135, 175, 215, 255];
  const cube = index - 16;
  return nearestOfSixteen(
    levels[Math.floor(cube / 36)]!,
    levels[Math.floor(cube / 6) % 6]!,
    levels[cube % 6]!,
  );
}

/** Reads the colour after 38 or 48; answers it and how many numbers it took. */
function extendedColour(numbers: number[], at: number): [number | null, number] {
  if (numbers[at] === 5) return [fromPalette(numbers[at + 1] ?? -1), 2];
  if (numbers[at] === 2) {
    const [red, green, blue] = [numbers[at + 1], numbers[at + 2], numbers[at + 3]];
    if (red === undefined || green === undefined || blue === undefined) return [null, 4];
    return [nearestOfSixteen(red & 255, green & 255, blue & 255), 4];
  }
  return [null, 1];
}

function withCode(style: Style, code: number): Style {
  if (code === 0) return plain;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 3) return { ...style, italic: true };
  if (code === 4 || code === 21) return { ...style, underline: true };
  if (code === 7) return { ...style, inverse: true };
  if (code === 9) return { ...style, strike: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  if (code === 23) return { ...style, italic: false };
  if (code === 24) return { ...style, underline: false };
  if (code === 27) return { ...style, inverse: false };
  if (code === 29) return { ...style, strike: false };
  if (code >= 30 && code <= 37) return { ...style, fg: code - 30 };
  if (code === 39) return { ...style, fg: null };
  if (code >= 40 && code <= 47) return { ...style, bg: code - 40 };
  if (code === 49) return { ...style, bg: null };
  if (code >= 90 && code <= 97) return { ...style, fg: code - 90 + 8 };
  if (code >= 100 && code <= 107) return { ...style, bg: code - 100 + 8 };
  // Blinking, hidden and the rest change nothing: a log line has no reason to vanish.
  return style;
}

function applySgr(style: Style, parameters: string): Style {
  const numbers = parameters.split(/[;:]/).map((part) => (part === '' ? 0 : Number(part)));
  let next = style;
  for (let at = 0; at < numbers.length; at += 1) {
    const code = numbers[at]!;
    if (code === 38 || code === 48) {
      const [colour, taken] = extendedColour(numbers, at + 1);
      if (colour !== null) next = { ...next, [code === 38 ? 'fg' : 'bg']: colour };
      at += taken;
    } else {
      next = withCode(next, code);
    }
  }
  return next;
}

/** The end of the SGR sequence that starts at `at` (an ESC), or -1 when there is none. */
function sgrEnd(text: string, at: number): number {
  if (text.charCodeAt(at + 1) !== 0x5b) return -1;
  const limit = Math.min(text.length, at + 2 + sgrLengthMax);
  for (let index = at + 2; index < limit; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x6d) return index;
    const isParameter = (code >= 0x30 && code <= 0x39) || code === 0x3a || code === 0x3b;
    if (!isParameter) return -1;
  }
  return -1;
}

/** Splits one line into pieces. The style starts plain: no line colours the next one. */
export function parseAnsi(line: string): Piece[] {
  // A carriage return before the line's end is how a terminal's programs write it.
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  const pieces: Piece[] = [];
  let style = plain;
  let cls = '';
  let start = 0;
  const push = (value: string, name: string): void => {
    if (value === '') return;
    const last = pieces[pieces.length - 1];
    if (last !== undefined && last.cls === name) last.text += value;
    else pieces.push({ text: value, cls: name });
  };
  special.lastIndex = 0;
  for (let match = special.exec(text); match !== null; match = special.exec(text)) {
    const at = match.index;
    const end = text.charCodeAt(at) === 0x1b ? sgrEnd(text, at) : -1;
    push(text.slice(start, at), cls);
    if (end >= 0) {
      style = applySgr(style, text.slice(at + 2, end));
      cls = classOf(style);
      start = end + 1;
    } else {
      push(symbolOf(text.charCodeAt(at)), 'a-sym');
      start = at + 1;
    }
    special.lastIndex = start;
  }
  push(text.slice(start), cls);
  return pieces;
}

/** The same text without colours, for search and for the clipboard. */
export function plainText(line: string): string {
  return parseAnsi(line)
    .map((piece) => piece.text)
    .join('');
}
