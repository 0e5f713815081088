/** What a benchmark says. Benchmarks are modules of this folder that `run.ts` lists. */
export interface Benchmark {
  readonly name: string;
  run(): Promise<Report>;
}

export interface Report {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly bars: readonly Bar[];
}

/** A bar is missed only when even the better quartile misses it: the machine is never idle. */
export interface Bar {
  readonly what: string;
  readonly met: boolean;
}

export interface Quartiles {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

export function quartiles(values: readonly number[]): Quartiles {
  const sorted = [...values].sort((a, b) => a - b);
  return { low: quantile(sorted, 0.25), median: quantile(sorted, 0.5), high: quantile(sorted, 0.75) };
}

/** Linear between the two nearest; NaN of nothing. */
export function quantile(sorted: readonly number[], part: number): number {
  const at = (sorted.length - 1) * part;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/** `median (low to high)`. */
export function shown({ low, median, high }: Quartiles, digits = 0): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

export function renderReport({ title, columns, rows, bars }: Report): string {
  const widths = columns.map((column, at) =>
    Math.max(column.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) => cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ');
  return [
    title,
    '',
    line(columns),
    line(widths.map((width) => '-'.repeat(width))),
    ...rows.map(line),
    '',
    ...bars.map(({ what, met }) => `${met ? 'met   ' : 'MISSED'}  ${what}`),
    '',
  ].join('\n');
}
