import type { RequestRule } from './request/rule.ts';
import type { Rule } from './rule.ts';

/** The whole of docs/rules.md, from the tables. Columns are padded, as the formatter wants them. */
export function renderRules(rules: readonly Rule[], requestRules: readonly RequestRule[]): string {
  const rowsOf = (all: readonly Pick<Rule | RequestRule, 'id' | 'severity' | 'means'>[]): string[][] =>
    all.map(({ id, severity, means }) => [`[\`${id}\`](#${id})`, severity, cell(means)]);
  return `# The rules of smart diff

Generated from \`src/diff/rules/table.ts\` and \`src/diff/rules/request/table.ts\`; a test compares.

## Of answers

Rules are asked in this order, and the first that applies
judges. A difference reaches them only where the baseline's own answers did not vary in the same dimension.

${table([['rule', 'severity', 'what it finds'], ...rowsOf(rules)])}

## Of requests

What a service takes is told by its OpenAPI document, where it has one: the baseline's copy is compared with the
candidate's. These rules follow the table of requests of [oasdiff](https://github.com/oasdiff/oasdiff); all are asked. Taking
less breaks clients, taking more does not. Places begin with \`request\`: \`request:query.limit\`, \`request:$.items[*].sku\`.

${table([['rule', 'severity', 'what it finds'], ...rowsOf(requestRules)])}

${rules.map(section).join('\n')}
${requestRules.map(requestSection).join('\n')}`;
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

function requestSection({ id, severity, means, effect, example, inverse }: RequestRule): string {
  const gives = inverse.gives === 'nothing' ? 'nothing' : `\`${inverse.gives}\``;
  const [before, after] = [example.before, example.after].map((one) =>
    one === null ? 'no operation' : `\`${JSON.stringify(one)}\``,
  );
  return `## ${id}

${means} Severity: ${severity}. ${effect} Confirmed by: the two documents.

- Example: ${before} → ${after} gives \`${id}\` at \`${example.place}\`.
- Its inverse gives ${gives}.
`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
