import { describe, expect, test } from 'vitest';
import { SeatrialError } from '../../src/errors.ts';
import { requestsSession } from '../../src/plan/requests.ts';
import { planSession } from '../../src/plan/session.ts';
import fc from '../support/property.ts';
import { config, head, parse, planOf } from './helpers.ts';

/** Words of the format in wrong order find more than random bytes do. */
const pieces = fc.constantFrom(
  ...[
    '---\n',
    '---js\n',
    '```yaml step\n',
    '```\n',
    '~~~\n',
    '> ',
    '    ',
    '- ',
    '\r\n',
    '\uFEFF',
    '\0',
    '<!--',
    '&a ',
    '*a ',
    '!!x ',
  ],
  ...[
    'seatrial: 1\n',
    'name: a\n',
    'selectionHint: x\n',
    'params:\n',
    'id: x\n',
    'http:\n',
    '{ service: tax, path: / }',
    'expect:\n',
    '__proto__: 1\n',
  ],
  ...[
    '  body: { $.a: 1 }\n',
    '{{ params.a }}',
    '{{',
    '}}',
    '{',
    '[',
    '"',
    ': ',
    '# ',
    '$',
    '\u2028',
    '\ud800',
    '%YAML 1.1\n',
    '? [a]\n: b\n',
    '<<: *a\n',
  ],
);
const garbage = fc.array(fc.oneof(pieces, fc.string()), { maxLength: 40 }).map((parts) => parts.join(''));

function holds(text: string | Uint8Array): void {
  const { plan, problems } = parse(text);
  expect(plan === null).toBe(problems.length > 0);
  const lines = typeof text === 'string' ? text.split(/\r\n?|\n/).length : Number.POSITIVE_INFINITY;
  for (const { line, message } of problems) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines);
    expect(message).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    expect(message.length).toBeLessThan(600);
  }
  if (plan !== null) planSession(plan, { params: {}, secrets: { buyer: 'x' } });
}

describe('whatever a plan file holds, reading it ends in a plan or in problems', () => {
  test('bytes', () => fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), holds)));
  test('garbage', () => fc.assert(fc.property(garbage, holds), { numRuns: 300 }));
  test('garbage after frontmatter', () =>
    fc.assert(
      fc.property(garbage, (text) => holds(head + text)),
      { numRuns: 300 },
    ));
  test.each([
    ['an alias of signs that nobody sees', '*\ufeff!'],
    ['a number of a thousand digits', `n: ${'9'.repeat(1000)}`],
    ['an alias of a name without end', `a: *${'x'.repeat(2000)}`],
  ])('%s', (_, text) => holds(planOf(`id: x\n${text}`)));
  test('garbage in a step', () =>
    fc.assert(
      fc.property(garbage, (text) => holds(planOf(`id: x\n${text}`))),
      { numRuns: 300 },
    ));

  test('any JSON as the keys of a step', () =>
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), (http, expectation) =>
        holds(planOf(JSON.stringify({ id: 'x', http, expect: expectation }))),
      ),
    ));

  test('requests without a plan end in a session or one error of ours', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.array(
            fc.record({
              id: fc.string(),
              service: fc.constant('tax'),
              path: fc.string(),
              json: fc.jsonValue(),
            }),
          ),
        ),
        (given) => {
          try {
            requestsSession(given, { config, secrets: { buyer: 'x' } });
          } catch (error) {
            expect(error).toBeInstanceOf(SeatrialError);
          }
        },
      ),
    ));
});
