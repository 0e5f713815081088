/** Shorter numbers are equal by chance too often. */
const form = /^(?:[A-Za-z]{1,8}[-_#]?)?([1-9]\d{2,15})$/;

/** The digits of `1003`, `ORD-1003`, `INV1003`: what a sequence gives as an id, bare or in a code. Null for other text. */
export function sequential(text: string): string | null {
  return form.exec(text)?.[1] ?? null;
}

/** Whether each number is greater than the one before it. */
export function rises(numbers: readonly string[]): boolean {
  return numbers.every((number, at) => at === 0 || BigInt(number) > BigInt(numbers[at - 1] ?? 0));
}
