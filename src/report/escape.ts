import { plain } from './untrusted.ts';

/** Text of elsewhere inside the Markdown of a report: it can open no heading, link, cell, code or HTML of its own. */

/** Words inside a line of text. Every mark of Markdown is escaped (CommonMark 0.31, section 2.4). */
export function prose(text: string, most = 400): string {
  return plain(text, most)
    .replace(/[\\`*_{}[\]()<>#+!|~&$^@-]/g, '\\$&')
    .replace(/^(\s*\d+)\./, '$1\\.');
}

/** A code span with a value as JSON; `absent` where there is none. Safe in a table cell too. */
export function jsonCode(value: unknown, most = 2000): string {
  return value === undefined ? 'absent' : code(JSON.stringify(value), most);
}

/** A code span. Backticks and pipes, which could end the span or the cell, become escapes that JSON also knows. */
export function code(text: string, most = 400): string {
  const safe = plain(text, most).replaceAll('`', '\\u0060').replaceAll('|', '\\u007c');
  return safe.trim() === '' ? '(empty)' : `\`${safe}\``;
}
