import type { Rule } from './rule.ts';

/** The whole of docs/rules.md, from the table. Columns are padded, as the formatter wants them. */
export function renderRules(rules: readonly Rule[]): string {
  const rows = rules.map(({ id, severity, means }) => [`[\`${id}\`](#${id})`, severity, cell(means)]);
  return `# The rules of smart diff

Generated from \`src/diff/rules/table.ts\`; a test compares. Rules are asked in this order, and the first that applies
judges. A difference reaches them only where the baseline's own answers did not vary in the same dimension.

${table([['rule', 'severity', 'what it finds'], ...rows])}

${rules.map(section).join('\n')}`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)].join(
    '\n',
  );
}

function section(rule: Rule): string {
  const { id, severity, means, effect, rests, example, inverse } = rule;
  const gives = inverse.gives === 'nothing' ? 'nothing' : `\`${inverse.gives}\``;
  return `## ${id}

${means} Severity: ${severity}. ${effect} Confirmed by: ${rests}.

- Example: \`${JSON.stringify(example.before)}\` → \`${JSON.stringify(example.after)}\` gives \`${id}\` at \`${example.place}\`.
- Its inverse: \`${JSON.stringify(inverse.before)}\` → \`${JSON.stringify(inverse.after)}\` gives ${gives}.
`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
