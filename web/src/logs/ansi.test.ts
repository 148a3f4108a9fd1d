import { describe, expect, it } from 'vitest';
import { nearestOfSixteen, parseAnsi, plainText, symbolOf } from './ansi';

const esc = '\u001b';

it('no source has a lookbehind, which is a syntax error before Safari 16.4', () => {
  const sources = import.meta.glob<string>('../**/*.{ts,svelte}', {
    query: '?raw',
    import: 'default',
    eager: true,
  });
  expect(Object.keys(sources).length).toBeGreaterThan(50);
  const found = Object.entries(sources).filter(([, text]) => /\(\?<[=!]/.test(text));
  expect(found.map(([path]) => path)).toEqual([]);
});

describe('parseAnsi', () => {
  it('leaves plain text alone, markup included', () => {
    const text = '<img src=x onerror=alert(1)></script>&amp;\t"x"';
    expect(parseAnsi(text)).toEqual([{ text, cls: '' }]);
  });

  it('reads colours and weights', () => {
    expect(parseAnsi(`${esc}[1;31mbad${esc}[0m ok`)).toEqual([
      { text: 'bad', cls: 'a-f1 a-bold' },
      { text: ' ok', cls: '' },
    ]);
  });

  it('reads an empty parameter as reset', () => {
    expect(parseAnsi(`${esc}[32mgreen${esc}[mplain`)).toEqual([
      { text: 'green', cls: 'a-f2' },
      { text: 'plain', cls: '' },
    ]);
  });

  it('maps 256 colours and true colour to the sixteen of the theme', () => {
    expect(parseAnsi(`${esc}[38;5;196mx`)).toEqual([{ text: 'x', cls: 'a-f9' }]);
    expect(parseAnsi(`${esc}[38;2;0;0;0mx`)).toEqual([{ text: 'x', cls: 'a-f0' }]);
    expect(parseAnsi(`${esc}[48;5;21mx`)).toEqual([{ text: 'x', cls: 'a-b12' }]);
  });

  it('goes on with the numbers after an extended colour', () => {
    expect(parseAnsi(`${esc}[38;5;2;1mx`)).toEqual([{ text: 'x', cls: 'a-f2 a-bold' }]);
  });

  it('shows inverse text without hiding it', () => {
    expect(parseAnsi(`${esc}[31;7mx`)).toEqual([{ text: 'x', cls: 'a-b1' }]);
  });

  it('ignores the hidden attribute', () => {
    expect(parseAnsi(`${esc}[8mhidden`)).toEqual([{ text: 'hidden', cls: '' }]);
  });

  it('drops the carriage return of a CRLF line only', () => {
    expect(plainText('done\r')).toBe('done');
    expect(plainText('10%\r20%')).toBe('10%\u240d20%');
  });

  const hostile: [string, string][] = [
    ['cursor up', `${esc}[2Ax`],
    ['erase line', `${esc}[2Kx`],
    ['window title', `${esc}]0;pwned\u0007x`],
    ['clipboard, OSC 52', `${esc}]52;c;cm0gLXJmIC8=\u0007x`],
    ['link, OSC 8', `${esc}]8;;javascript:alert(1)${esc}\\x${esc}]8;;${esc}\\`],
    ['status string, DECRQSS', `${esc}P$qm${esc}\\x`],
    ['one byte CSI', '\u009b31mx'],
    ['private parameters', `${esc}[?25lx`],
    ['intermediate bytes', `${esc}[1 mx`],
    ['unfinished', `${esc}[31`],
    ['lone escape', esc],
    ['bell and null', 'a\u0007b\u0000c'],
    ['right to left override', 'abc\u202egpj.exe'],
    ['line separator', 'a\u2028b'],
    ['zero width space', 'pass\u200bword'],
    ['lone surrogate', 'a\ud800b'],
    ['second half of a surrogate pair', 'a\udc00b'],
    ['surrogates in the wrong order', '\udc00\ud800'],
  ];
  it.each(hostile)('shows %s as visible symbols', (_name, text) => {
    const pieces = parseAnsi(text);
    const shown = pieces.map((piece) => piece.text).join('');
    // eslint-disable-next-line no-control-regex
    expect(shown).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200b\u2028\u202a-\u202e]/);
    expect(pieces.some((piece) => piece.cls === 'a-sym')).toBe(true);
  });

  it('keeps emoji joined and composed letters whole', () => {
    for (const text of ['👩‍💻 ok', 'é e\u0301', '日本語']) expect(plainText(text)).toBe(text);
  });

  it('refuses a sequence of absurd length without going slow', () => {
    const text = `${esc}[${'1;'.repeat(5_000_000)}mx`;
    const started = performance.now();
    const shown = plainText(text);
    expect(performance.now() - started).toBeLessThan(2000);
    expect(shown.startsWith('\u241b[1;1;')).toBe(true);
  });

  it('stays linear on a line made of escapes', () => {
    const started = performance.now();
    parseAnsi(`${esc}[`.repeat(100_000));
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('bears numbers out of range', () => {
    expect(plainText(`${esc}[38;5;999999999mx`)).toBe('x');
    expect(plainText(`${esc}[38;2;1mx`)).toBe('x');
    expect(plainText(`${esc}[38mx`)).toBe('x');
  });
});

describe('symbolOf', () => {
  it('names what has no glyph', () => {
    expect(symbolOf(0x1b)).toBe('\u241b');
    expect(symbolOf(0x7f)).toBe('\u2421');
    expect(symbolOf(0x202e)).toBe('⟨U+202E⟩');
  });
});

describe('nearestOfSixteen', () => {
  it('keeps greys grey', () => {
    expect(nearestOfSixteen(10, 10, 10)).toBe(0);
    expect(nearestOfSixteen(255, 255, 255)).toBe(15);
  });
  it('keeps hues', () => {
    expect(nearestOfSixteen(255, 0, 0)).toBe(9);
    expect(nearestOfSixteen(0, 150, 0)).toBe(2);
  });
});
