import type { Form } from './base.ts';
import type { Json } from './tree.ts';

/** A body as it goes over the wire. */
export function render(form: Form, body: Json): string {
  switch (form) {
    case 'json':
      return JSON.stringify(body);
    case 'none':
      return '';
    case 'bytes':
      return typeof body === 'object' && body !== null && !Array.isArray(body) ? String(body.content) : '';
    case 'ndjson':
      return list(body)
        .map((item) => `${JSON.stringify(item)}\n`)
        .join('');
    case 'sse':
      return list(body)
        .map((item) =>
          fields(item)
            .map(([name, value]) => `${name}: ${text(value)}\n`)
            .join(''),
        )
        .map((event) => `${event}\n`)
        .join('');
    case 'csv':
      return csv(list(body));
    case 'text':
      return lines(body, '').join('\n');
    case 'html':
      return `<!doctype html>\n<html><head><meta charset="utf-8"></head>\n<body>\n${html(body, 'main')}\n</body></html>\n`;
    case 'xml':
      return `<?xml version="1.0" encoding="UTF-8"?>\n${xml(body, 'document')}\n`;
  }
}

function list(body: Json): readonly Json[] {
  return Array.isArray(body) ? body : [body];
}

function fields(value: Json): [string, Json][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value)
    : [['data', value]];
}

function text(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function csv(rows: readonly Json[]): string {
  const names = [...new Set(rows.flatMap((row) => fields(row).map(([name]) => name)))];
  const cell = (value: Json | undefined): string => {
    const plain = value === undefined || value === null ? '' : text(value);
    return /[",\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
  };
  const line = (row: Json): string => {
    const own = new Map(fields(row));
    return names.map((name) => cell(own.get(name))).join(',');
  };
  return [names.join(','), ...rows.map(line), ''].join('\n');
}

function lines(value: Json, indent: string): string[] {
  if (Array.isArray(value))
    return value.flatMap((item) =>
      typeof item === 'object' ? lines(item, `${indent}  `) : [`${indent}${text(item)}`],
    );
  if (typeof value !== 'object' || value === null) return [`${indent}${text(value)}`];
  return Object.entries(value).flatMap(([name, member]) =>
    typeof member === 'object' && member !== null
      ? [`${indent}${name}:`, ...lines(member, `${indent}  `)]
      : [`${indent}${name}: ${text(member)}`],
  );
}

function escaped(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function html(value: Json, name: string): string {
  if (Array.isArray(value))
    return `<ul class="${name}">\n${value.map((item) => `<li>${html(item, 'item')}</li>`).join('\n')}\n</ul>`;
  if (typeof value !== 'object' || value === null) return `<p class="${name}">${escaped(text(value))}</p>`;
  return `<div class="${name}">\n${Object.entries(value)
    .map(([key, member]) => html(member, key))
    .join('\n')}\n</div>`;
}

function xml(value: Json, name: string): string {
  if (Array.isArray(value))
    return `<${name}>\n${value.map((item) => xml(item, 'item')).join('\n')}\n</${name}>`;
  if (typeof value !== 'object' || value === null)
    return `<${name}>${value === null ? '' : escaped(text(value))}</${name}>`;
  return `<${name}>\n${Object.entries(value)
    .map(([key, member]) => xml(member, key))
    .join('\n')}\n</${name}>`;
}
