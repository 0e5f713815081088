import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { Header, HttpRequest } from '../exchange.ts';
import { type Lookup, renderText, renderValue } from '../util/template.ts';
import type { BodyTemplate, RequestTemplate } from './template.ts';

/** A template that cannot be sent: a reference without value, or a result that is no HTTP. Never names values. */
export class UnsendableError extends Error {
  override readonly name = 'UnsendableError';
}

const method = /^[A-Za-z][A-Za-z-]{0,31}$/;
const path = /^\/[\x21-\x7e]*$/;

/**
 * The request with its references resolved: a value inside a longer path is percent-encoded, so that it cannot
 * change the path's shape. Without `lookup`, braces are text like any other.
 * Throws UnsendableError, and what `lookup` throws.
 */
export function renderRequest(template: RequestTemplate, lookup: Lookup | null): HttpRequest {
  if (!method.test(template.method) || template.method.toUpperCase() === 'CONNECT') {
    throw new UnsendableError('its method is none that can be sent');
  }
  const headers = Object.entries(template.headers).map(
    ([name, value]): Header => [name, lookup === null ? value : renderText(value, lookup)],
  );
  const body = template.body === null ? null : renderBody(template.body, lookup);
  if (template.body?.kind === 'json' && !headers.some(([name]) => name.toLowerCase() === 'content-type')) {
    headers.push(['content-type', 'application/json']);
  }
  for (const [name, value] of headers) assertHeader(name, value);
  return {
    method: template.method.toUpperCase(),
    path: renderPath(template.path, lookup),
    headers,
    ...(body === null
      ? {}
      : { body: { encoding: 'utf8', text: body, size: Buffer.byteLength(body) } as const }),
  };
}

function renderPath(template: string, lookup: Lookup | null): string {
  const whole = /^\{\{[^{}]*\}\}$/.test(template.trim());
  const rendered =
    lookup === null
      ? template
      : whole
        ? renderText(template.trim(), lookup)
        : renderText(template, (reference) => encode(lookup(reference)));
  if (!path.test(rendered)) {
    throw new UnsendableError(
      'its path, once rendered, does not begin with / or holds white space or characters that must be percent-encoded',
    );
  }
  return rendered;
}

function encode(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return encodeURIComponent(text.toWellFormed());
}

function renderBody(body: BodyTemplate, lookup: Lookup | null): string {
  if (lookup === null) return body.kind === 'text' ? body.text : JSON.stringify(body.value);
  return body.kind === 'text'
    ? renderText(body.text, lookup)
    : JSON.stringify(renderValue(body.value, lookup));
}

function assertHeader(name: string, value: string): void {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch {
    throw new UnsendableError(`its header ${JSON.stringify(name)} holds characters that no header may hold`);
  }
}
