import { hash } from './random.ts';
import type { Tally } from './score.ts';

/** Which half of the operators: those that smart diff was tuned on, and those it was not. By name alone. */
export function half(operator: string): 'tuned' | 'untuned' {
  return hash(`half of ${operator}`) % 2 === 0 ? 'tuned' : 'untuned';
}

export function percent(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(4);
}

export function row(name: string, tally: Tally): string[] {
  return [
    name,
    String(tally.changes),
    percent(tally.recall),
    percent(tally.precision),
    percent(tally.f1),
    percent(tally.severity),
    Number.isNaN(tally.perChange) ? '–' : tally.perChange.toFixed(2),
    alarms(tally),
  ];
}

export function alarms(tally: Tally): string {
  const [rate, low, high] = tally.alarms;
  return Number.isNaN(rate) ? '–' : `${rate.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

export const columns = [
  'what',
  'changes',
  'recall',
  'precision',
  'F1',
  'severity',
  'findings per change',
  'false alarms per 1,000 (95 %)',
];

/** A Markdown table with padded columns, as the formatter wants them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, at) =>
    Math.max(cell.length, 3, ...rows.map((cells) => (cells[at] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, at) => (cells[at] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join(
    '\n',
  );
}
