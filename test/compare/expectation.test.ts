import { expect, it } from 'vitest';
import { renderExpectation } from '../../src/compare/expectation.ts';
import type { Answer } from '../../src/exchange.ts';
import { expectationFailures } from '../../src/verdict/expect.ts';

const captured: Record<string, unknown> = { id: 7, name: 'mug', all: { $exists: true } };
const lookup = (path: readonly string[]) => captured[path.at(-1) ?? ''];
const answer = (body: unknown): Answer => {
  const text = JSON.stringify(body);
  const headers = [
    ['content-type', 'application/json'],
    ['x-id', '7'],
  ] as const;
  return {
    kind: 'answer',
    status: 200,
    headers,
    body: { encoding: 'utf8', text, size: text.length },
    durationMs: 1,
  };
};

it('compares with what an earlier step captured, keeping its type', () => {
  const wanted = renderExpectation(
    {
      status: 200,
      headers: { 'x-id': '{{ steps.add.id }}' },
      body: { '$.id': '{{ steps.add.id }}', '$.text': 'a {{ steps.add.name }}' },
    },
    lookup,
  );
  expect(expectationFailures(wanted, answer({ id: 7, text: 'a mug' }))).toEqual([]);
  expect(expectationFailures(wanted, answer({ id: '7', text: 'a mug' }))).toHaveLength(1);
});

it('never reads a captured value as a matcher: a service could make any expectation hold', () => {
  const wanted = renderExpectation({ body: { '$.thing': '{{ steps.add.all }}' } }, lookup);
  expect(expectationFailures(wanted, answer({ thing: 'anything' }))).toHaveLength(1);
  expect(expectationFailures(wanted, answer({ thing: { $exists: true } }))).toEqual([]);
});
