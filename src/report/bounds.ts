/** Bounds of what reaches an agent. Sizes are bytes of UTF-8: tokens follow bytes, not characters. */

/** At most so many bytes, whole characters. */
export function cut(text: string, most: number): string {
  if (bytes(text) <= most) return text;
  let size = bytes('…');
  let kept = '';
  for (const character of text) {
    size += bytes(character);
    if (size > most) break;
    kept += character;
  }
  return `${kept}…`;
}

export function bytes(text: string): number {
  return Buffer.byteLength(text);
}

/** The first entries that fit together, and how many did not. Those left out cost nothing. */
function first<T, U>(
  entries: readonly T[],
  most: number,
  make: (entry: T, index: number) => U,
  size: (made: U) => number,
): { readonly kept: readonly U[]; readonly left: number } {
  let total = 0;
  const kept: U[] = [];
  for (const [index, entry] of entries.entries()) {
    const made = make(entry, index);
    total += size(made) + 1;
    if (total > most) break;
    kept.push(made);
  }
  return { kept, left: entries.length - kept.length };
}

/** As many entries as fit, measured as `text` shows them, and how many did not. */
export function fitting<T>(
  entries: readonly T[],
  most: number,
  text: (entry: T, index: number) => string,
): { readonly kept: readonly string[]; readonly left: number } {
  return first(entries, most, text, bytes);
}

/** As many entries as fit, measured as they cross the wire: as JSON. */
export function within<T, U>(
  entries: readonly T[],
  most: number,
  make: (entry: T) => U,
): { readonly kept: readonly U[]; readonly left: number } {
  return first(entries, most, make, (made) => bytes(JSON.stringify(made)));
}

/** A title, as many entries as fit below it, and how many there are more; nothing where there are none. */
export function section<T>(
  title: string | null,
  entries: readonly T[],
  most: number,
  what: string,
  text: (entry: T, index: number) => string,
): string[] {
  if (entries.length === 0) return [];
  const { kept, left } = fitting(entries, most, text);
  return [...(title === null ? [] : [title]), ...kept, ...(left > 0 ? [`… and ${left} more ${what}.`] : [])];
}
