/** Shorter ones are in every text, and are no secret that was worth the name. */
const MIN_LENGTH = 3;

/** A text in which nothing of some secret values stands, neither as they are nor as JSON writes them. */
export function hideValues(text: string, values: Iterable<string>): string {
  const hidden = new Set([...values].flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]));
  // The longest first: one value may hold another.
  const inOrder = [...hidden].filter(({ length }) => length >= MIN_LENGTH).sort((a, b) => b.length - a.length);
  return inOrder.reduce((shown, value) => shown.replaceAll(value, '***'), text);
}
