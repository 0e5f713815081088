import { type Lookup, renderText, renderValue } from '../util/template.ts';
import type { Expectation } from '../verdict/evidence.ts';

/**
 * An expectation with its references filled in. What a reference stands for is a value, whatever it looks like: an
 * object that a service sent, and that a step captured, is never read as a matcher.
 */
export function renderExpectation(expect: Expectation, lookup: Lookup): Expectation {
  const { status, headers, body } = expect;
  return {
    ...(status === undefined ? {} : { status }),
    ...(headers === undefined ? {} : { headers: mapped(headers, (value) => renderHeader(value, lookup)) }),
    ...(body === undefined ? {} : { body: mapped(body, (value) => renderPlace(value, lookup)) }),
  };
}

function renderHeader(value: unknown, lookup: Lookup): unknown {
  return typeof value === 'string' ? renderText(value, lookup) : renderValue(value, lookup);
}

function renderPlace(value: unknown, lookup: Lookup): unknown {
  const given = renderValue(value, lookup);
  return typeof value === 'string' && given !== null && typeof given === 'object'
    ? { $equals: given }
    : given;
}

function mapped(
  entries: Readonly<Record<string, unknown>>,
  render: (value: unknown) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, render(value)]));
}
