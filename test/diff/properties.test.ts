import { describe, expect, it } from 'vitest';
import { compareCaptures } from '../../src/diff/captures.ts';
import fc from '../support/property.ts';
import { diff, diffAnswers, times, told, uuid } from './support.ts';

/** Records as services send them: names, not data, as keys. */
const name = fc.constantFrom(
  'id',
  'title',
  'price',
  'count',
  'active',
  'tags',
  'owner',
  'items',
  'note',
  'kind',
  'a.b',
  'Ünï',
);
const scalar = fc.oneof(
  fc.integer(),
  fc.boolean(),
  fc.string(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constant(null),
  fc.uuid(),
);
const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(name, tie('value'), { maxKeys: 6 }),
  ),
}));

/** What a healthy service varies by itself. `n` counts the answers. */
type Noise = (n: number) => unknown;
const noises: readonly Noise[] = [
  (n) => uuid(n * 31 + 7),
  (n) => `2026-05-0${(n % 9) + 1}T10:00:0${n % 10}Z`,
  (n) => 1_780_000_000_000 + n * 1013,
  (n) => 90 + ((n * 7) % 20),
  (n) => times(4, (i) => ({ sku: `sku-${(i * 3 + n) % 4}` })),
  (n) => Object.fromEntries(times(5, (i) => [uuid(n * 10 + i), { ok: true }])),
  (n) => times(n + 1, (i) => i),
];
const noise = fc.constantFrom(...noises);

/** Answers 0 to 13 in the order of passes: B S S B, B S S B … */
function sides(make: (n: number) => unknown): [unknown[], unknown[]] {
  const all = times(14, make);
  const isBaseline = (n: number): boolean => n % 4 === 0 || n % 4 === 3;
  return [all.filter((_, n) => isBaseline(n)), all.filter((_, n) => !isBaseline(n))];
}

describe('for any body x', () => {
  it('diff(x, x) is empty', () => {
    fc.assert(
      fc.property(json, (x) => {
        expect(diff([x, x], [x, x])).toMatchObject({ differs: 'none', findings: [], volatile: [] });
      }),
    );
  });

  it('diff(x, x) is empty under any noise', () => {
    fc.assert(
      fc.property(json, noise, noise, (x, one, other) => {
        const [baseline, candidate] = sides((n) => ({ x, noisy: { one: one(n), other: other(n) } }));
        expect(told(diff(baseline, candidate))).toEqual([]);
      }),
    );
  });

  it('diff(x, x) is empty for any text', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom(
          'text/plain',
          'text/html',
          'application/json',
          'text/event-stream',
          'application/x-ndjson',
          '',
        ),
        (x, type) => {
          const answer = { status: 200, headers: type === '' ? {} : { 'content-type': type }, body: x };
          expect(diffAnswers([answer, answer], [answer, answer])).toMatchObject({
            differs: 'none',
            findings: [],
          });
        },
      ),
    );
  });

  it('the order of keys and white space say nothing', () => {
    fc.assert(
      fc.property(fc.dictionary(name, json), (x) => {
        const turned = Object.fromEntries(Object.entries(x).reverse());
        const answer = (body: string) => ({
          status: 200,
          headers: { 'content-type': 'application/json' },
          body,
        });
        const before = answer(JSON.stringify(x));
        const after = answer(JSON.stringify(turned, null, 2));
        expect(told(diffAnswers([before, before], [after, after]))).toEqual([]);
      }),
    );
  });

  it('any two texts give a result', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.constantFrom('application/json', 'text/plain', 'text/event-stream'),
        (one, other, type) => {
          const answer = (body: string) => ({ status: 200, headers: { 'content-type': type }, body });
          const out = diffAnswers([answer(one), answer(one)], [answer(other), answer(other)]);
          if (type === 'text/plain') expect(out.differs === 'none').toBe(one === other);
        },
      ),
    );
  });

  it('diff(x, x) is empty for any bytes and headers of any kind', () => {
    const header = fc.constantFrom(
      'set-cookie',
      'cache-control',
      'link',
      'vary',
      'location',
      'x-any',
      'etag',
    );
    const type = fc.constantFrom(
      'text/html',
      'application/xml',
      'image/png',
      'text/event-stream',
      'application/json',
    );
    fc.assert(
      fc.property(fc.uint8Array(), type, fc.dictionary(header, fc.string()), (bytes, media, headers) => {
        const body = Buffer.from(bytes).toString('base64');
        const answer = {
          status: 200,
          headers: { ...headers, 'content-type': media },
          body,
          encoding: 'base64',
        };
        expect(diffAnswers([answer, answer], [answer, answer])).toMatchObject({
          differs: 'none',
          findings: [],
        });
      }),
    );
  });

  it('of any two documents of markup, the same is none and an element more, less or other is found', () => {
    const element = fc.constantFrom('p', 'b', 'ul', 'li', 'a');
    const { node } = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom('one', 'two words', ''),
        fc
          .tuple(element, fc.array(tie('node'), { maxLength: 3 }))
          .map(([name, all]) => `<${name}>${all.join('')}</${name}>`),
      ),
    }));
    const told = (before: string, after: string) => {
      const side = (body: string) =>
        [1, 2].map(() => ({ status: 200, headers: { 'content-type': 'application/xml' }, body }));
      return diffAnswers(side(`<r>${before}</r>`), side(`<r>${after}</r>`)).findings.length;
    };
    fc.assert(
      fc.property(node, (x) => {
        expect(told(x, x)).toBe(0);
        expect(told(x, `${x}<extra/>`)).toBeGreaterThan(0);
        expect(told(`<gone n="1"/>${x}`, x)).toBeGreaterThan(0);
        expect(told(`${x}<t>1</t>`, `${x}<t>2</t>`)).toBeGreaterThan(0);
      }),
    );
  });

  it('any two bodies that are not equal differ', () => {
    fc.assert(
      fc.property(json, json, (one, other) => {
        const same = canonical(one) === canonical(other);
        const before = { value: one };
        const after = { value: other };
        expect(diff([before, before], [after, after]).differs === 'none').toBe(same);
      }),
      { numRuns: 500 },
    );
  });
});

it('the order of lines in a captures file says nothing', () => {
  const answers = (body: unknown) => [1, 2].map(() => ({ status: 200, headers: {}, body }));
  const line = fc.tuple(json, json, json).map(([x, y, z]) => ({
    baseline: [...answers(x), ...answers(y)],
    candidate: [...answers(x), ...answers(z)],
  }));
  const lines = fc.array(line, { minLength: 2, maxLength: 5 });
  const shuffled = lines.chain((all) => {
    const numbered = all.map((each, number) => JSON.stringify({ id: `line ${number}`, ...each }));
    return fc.tuple(
      fc.constant(numbered),
      fc.shuffledSubarray(numbered, { minLength: numbered.length, maxLength: numbered.length }),
    );
  });
  const sorted = (captures: readonly string[]): string[] =>
    compareCaptures(captures.join('\n')).trimEnd().split('\n').sort();
  fc.assert(
    fc.property(shuffled, ([one, other]) => {
      expect(sorted(other)).toEqual(sorted(one));
    }),
    { numRuns: 60 },
  );
});

describe('a planted structural change is always found', () => {
  const record = fc.dictionary(name, json, { minKeys: 1, maxKeys: 5 });
  const planted: Record<string, (x: unknown) => readonly [unknown, unknown, string]> = {
    'a field dropped': (x) => [{ planted: 'here', x }, { x }, 'removed-field $.body.planted'],
    'a field retyped': (x) => [{ planted: 5, x }, { planted: '5', x }, 'type-changed $.body.planted'],
    'a field nullified': (x) => [{ planted: 5, x }, { planted: null, x }, 'null-introduced $.body.planted'],
    'a list turned into an object': (x) => [
      { planted: [x] },
      { planted: { x } },
      'type-changed $.body.planted',
    ],
    'a format lost': (x) => [
      { planted: uuid(1), x },
      { planted: 'none', x },
      'format-changed $.body.planted',
    ],
    'a field renamed': (x) => [
      { planted: 'rather unique', x },
      { other: 'rather unique', x },
      'renamed-field $.body.planted',
    ],
  };
  for (const [what, plant] of Object.entries(planted)) {
    it(`${what}, under any noise`, () => {
      fc.assert(
        fc.property(record, noise, (x, noisy) => {
          const [before, after, finding] = plant(x);
          const [baseline] = sides((n) => ({ body: before, noisy: noisy(n) }));
          const [, candidate] = sides((n) => ({ body: after, noisy: noisy(n) }));
          expect(told(diff(baseline.slice(0, 2), candidate.slice(0, 2)))).toEqual([finding]);
        }),
      );
    });
  }
});

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(Object.is(value, -0) ? 0 : value);
  return `{${Object.entries(value)
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
    .sort()
    .join()}}`;
}
