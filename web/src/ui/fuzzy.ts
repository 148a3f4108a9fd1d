/** How well a typed text fits a name: its letters in order, better when together or at a start. */

/** More than scattered letters can reach in a name of usual length. */
const wholeBonus = 1000;

function isStart(text: string, at: number): boolean {
  return at === 0 || ' -_./:'.includes(text[at - 1]!);
}

/** A score, higher is better; null when the letters do not all occur in order. */
export function fuzzyScore(query: string, text: string): number | null {
  const wanted = query.toLowerCase().replaceAll(' ', '');
  const within = text.toLowerCase();
  if (wanted === '') return 0;
  const whole = within.indexOf(query.toLowerCase().trim());
  let score = 0;
  if (whole >= 0) score += wholeBonus + (isStart(within, whole) ? 20 : 0);
  if (whole === 0) score += within.length === wanted.length ? 20 : 10;
  let at = -1;
  for (const letter of wanted) {
    const next = within.indexOf(letter, at + 1);
    if (next < 0) return null;
    if (next === at + 1) score += 3;
    if (isStart(within, next)) score += 4;
    at = next;
  }
  return score;
}

/** The best fitting of a list, best first; the list's own order decides between equals. */
export function bestOf<T>(items: readonly T[], query: string, text: (item: T) => string, most: number): T[] {
  const scored: { item: T; score: number; place: number }[] = [];
  items.forEach((item, place) => {
    const score = fuzzyScore(query, text(item));
    if (score !== null) scored.push({ item, score, place });
  });
  scored.sort((a, b) => b.score - a.score || a.place - b.place);
  // Scattered letters are a last resort: where the text itself occurs, they are noise.
  const exact = scored.filter(({ score }) => score >= wholeBonus);
  return (exact.length > 0 ? exact : scored).slice(0, most).map(({ item }) => item);
}
