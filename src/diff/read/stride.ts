/** Of a large list: its first items, its last ones, and some evenly between, by their number alone. */
export const firstItems = 600;
export const lastItems = 100;
const between = 256;

export interface Span {
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Chooses among items that come one by one, their number not known: every k-th, where k is the smallest power of two that
 * leaves at most 256 of them, and the last 100. The choice hangs on the count alone, so that lists of one length are
 * sampled alike.
 */
export class Stride {
  #step = 1;
  #kept: Span[] = [];
  /** A ring of start and end. */
  readonly #last: number[] = [];
  #count = 0;

  /** Items come in their order, `index` from 0. */
  see(index: number, start: number, end: number): void {
    const at = (index % lastItems) * 2;
    this.#last[at] = start;
    this.#last[at + 1] = end;
    this.#count = index + 1;
    if (index % this.#step !== 0) return;
    this.#kept.push({ index, start, end });
    while (this.#kept.length > between) {
      this.#step *= 2;
      this.#kept = this.#kept.filter((span) => span.index % this.#step === 0);
    }
  }

  /** In the order of the list. */
  chosen(): readonly Span[] {
    const from = Math.max(0, this.#count - lastItems);
    const last = Array.from({ length: this.#count - from }, (_, offset): Span => {
      const index = from + offset;
      const at = (index % lastItems) * 2;
      return { index, start: this.#last[at] ?? 0, end: this.#last[at + 1] ?? 0 };
    });
    return [...this.#kept.filter(({ index }) => index < from), ...last];
  }
}
