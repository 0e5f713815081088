import { describe, expect, it } from 'vitest';
import type { CapturedAnswer, PairAnswers } from '../../src/diff/compare.ts';
import { compareSession } from '../../src/diff/session.ts';
import type { Answer, HttpRequest } from '../../src/exchange.ts';
import { times, uuid } from './support.ts';

function ok(body: unknown, status = 200): Answer {
  const text = JSON.stringify(body);
  return {
    kind: 'answer',
    status,
    headers: [['content-type', 'application/json']],
    body: { encoding: 'utf8', text, size: text.length },
    durationMs: 1,
  };
}

const none: Answer = {
  kind: 'no-answer',
  reason: 'timeout',
  message: 'no answer within 5 s',
  durationMs: 5000,
};

function pair(
  id: string,
  baseline: readonly CapturedAnswer[],
  candidate: readonly CapturedAnswer[],
): PairAnswers {
  return { id, service: 'shop', method: 'GET', pathTemplate: `/${id}`, baseline, candidate };
}

/** Baseline passes are 1 and 4, the candidate's 2 and 3. */
function passes(make: (pass: number) => Answer, other = make, request?: (pass: number) => HttpRequest) {
  const one =
    (answers: (pass: number) => Answer) =>
    (pass: number): CapturedAnswer => ({
      pass,
      answer: answers(pass),
      ...(request === undefined ? {} : { request: request(pass) }),
    });
  return [[1, 4].map(one(make)), [2, 3].map(one(other))] as const;
}

function post(body: unknown): HttpRequest {
  const text = JSON.stringify(body);
  return { method: 'POST', path: '/users', headers: [], body: { encoding: 'utf8', text, size: text.length } };
}

function told(pairs: readonly PairAnswers[], intermittent = false): string[] {
  return compareSession(pairs, { intermittent }).flatMap(({ id, findings }) =>
    findings.map(({ rule, place }) => `${id} ${rule} ${place}`),
  );
}

describe('values that a pass sent itself', () => {
  const email = (pass: number): string => `user-${pass}-abcdef@example.com`;
  const request = (pass: number): HttpRequest => post({ email: email(pass) });

  it('are no finding where the answer repeats them', () => {
    expect(
      told([
        pair(
          'add',
          ...passes((pass) => ok({ email: email(pass), hello: `Hello ${email(pass)}!` }), undefined, request),
        ),
      ]),
    ).toEqual([]);
  });

  it('are a finding where the candidate no longer repeats them', () => {
    const other = (): Answer => ok({ email: 'someone.else@example.com' });
    expect(told([pair('add', ...passes((pass) => ok({ email: email(pass) }), other, request))])).toEqual([
      'add value-changed $.email',
    ]);
  });
});

describe('ids', () => {
  it('that are made anew by each pass and repeated by later requests are no finding', () => {
    const add = pair('add', ...passes((pass) => ok({ id: uuid(pass) }, 201)));
    const read = pair('read', ...passes((pass) => ok({ cart: uuid(pass), url: `/carts/${uuid(pass)}` })));
    expect(told([add, read])).toEqual([]);
  });

  it('that no longer agree with the request before are a finding', () => {
    const add = pair('add', ...passes((pass) => ok({ id: uuid(pass) }, 201)));
    const read = pair(
      'read',
      ...passes(
        (pass) => ok({ cart: uuid(pass) }),
        (pass) => ok({ cart: uuid(pass + 100) }),
      ),
    );
    expect(told([add, read])).toEqual(['read value-changed $.cart']);
  });

  it('that have another name everywhere at once are no finding, at one place alone they are', () => {
    const both = (a: number, b: number) => (): Answer => ok({ id: uuid(a), owner: { ref: uuid(b) } });
    expect(told([pair('x', ...passes(both(1, 1), both(2, 2)))])).toEqual([]);
    expect(told([pair('x', ...passes(both(1, 1), both(2, 1)))]).length).toBeGreaterThan(0);
  });
});

describe('answers that do not come', () => {
  it('are breaking where the baseline answers', () => {
    const [result] = compareSession(
      [
        pair(
          'x',
          ...passes(
            () => ok(1),
            () => none,
          ),
        ),
      ],
      { intermittent: false },
    );
    expect(result).toMatchObject({
      differs: 'breaking',
      findings: [{ rule: 'no-answer', place: 'status', confirmed: true }],
    });
  });

  it('on both sides are never silent', () => {
    expect(compareSession([pair('x', ...passes(() => none))], { intermittent: false })).toMatchObject([
      { differs: 'suspicious' },
    ]);
  });

  it('on one side altogether are noted', () => {
    const [result] = compareSession([pair('x', [], [])], { intermittent: false });
    expect(result?.notes).toHaveLength(1);
    expect(result?.wants).toBeGreaterThan(0);
  });
});

describe('calls', () => {
  const calls = (before: number[], after: number[]) => [
    {
      ...pair('x', ...passes(() => ok(1))),
      calls: { baseline: before.map((tax) => ({ tax })), candidate: after.map((tax) => ({ tax })) },
    },
  ];
  it('that rose steadily are multiplied; that fell or vary are not', () => {
    expect(told(calls([1, 1], [12, 12]))).toEqual(['x calls-multiplied calls:tax']);
    expect(told(calls([12, 12], [1, 1]))).toEqual([]);
    expect(told(calls([1, 2], [3, 3]))).toEqual([]);
    expect(told(calls([1, 1], [1, 3]))).toEqual([]);
  });

  const same = (pass: number): CapturedAnswer => ({ pass, answer: ok(1) });
  const failing = (before: number[], after: number[]) => [
    {
      ...pair('x', times(before.length, same), times(after.length, same)),
      failures: { baseline: before.map((tax) => ({ tax })), candidate: after.map((tax) => ({ tax })) },
    },
  ];
  const seven = (...counts: number[]) =>
    Array.from({ length: 7 }, (_, at) => counts[at % counts.length] ?? 0);
  it('that fail each time, and more often than any of the baseline, have failed', () => {
    const found = ['x calls-failed failures:tax'];
    expect(told(failing(seven(0), seven(1)))).toEqual(found);
    expect(told(failing(seven(0, 1), seven(2, 3)))).toEqual(found);
    expect(told(failing(seven(1), seven(0)))).toEqual([]);
    expect(told(failing(seven(1), seven(1)))).toEqual([]);
    expect(told(failing(seven(0), seven(0, 1)))).toEqual([]);
    expect(told(failing(seven(0, 1), seven(1)))).toEqual([]);
    const [two] = compareSession(failing([0, 0], [1, 1]), { intermittent: false });
    expect(two).toMatchObject({ wants: 5, findings: [{ rule: 'calls-failed', confirmed: false }] });
  });
});

describe('how many more answers are wanted', () => {
  const wants = (before: unknown, after: unknown): number | undefined =>
    compareSession(
      [
        pair(
          'x',
          ...passes(
            () => ok(before),
            () => ok(after),
          ),
        ),
      ],
      { intermittent: false },
    )[0]?.wants;
  it('is none for structure, and up to seven a side for what luck could do', () => {
    expect(wants({ a: 1 }, { a: 1 })).toBe(0);
    expect(wants({ a: 1 }, { a: '1' })).toBe(0);
    expect(wants({ a: true }, { a: false })).toBe(5);
    expect(wants({ a: 1 }, { a: 1, b: 2 })).toBe(5);
  });
});

describe('intermittent mode', () => {
  const side = (first: number, make: (index: number) => Answer): CapturedAnswer[] =>
    times(6, (index) => ({ pass: first + index * 2, answer: make(index) }));
  it('finds what shows in some candidate answers and never in the baseline', () => {
    const sometimes = pair(
      'x',
      side(1, () => ok({ total: 5 })),
      side(2, (n) => (n === 3 ? ok({ error: 'x' }, 500) : ok({ total: n === 1 ? null : 5 }))),
    );
    expect(told([sometimes], true)).toEqual(['x null-introduced $.total', 'x status-changed status']);
  });
  it('asks for a seventh where six show nothing', () => {
    const six = (total: (n: number) => number) =>
      pair(
        'x',
        side(1, () => ok({ total: 5 })),
        side(2, (n) => ok({ total: total(n) })),
      );
    const wants = (total: (n: number) => number) =>
      compareSession([six(total)], { intermittent: true })[0]?.wants;
    expect(wants(() => 5)).toBe(1);
    expect(wants((n) => (n === 3 ? 6 : 5))).toBe(0);
  });
  it('asks for six candidate answers', () => {
    expect(compareSession([pair('x', ...passes(() => ok(1)))], { intermittent: true })[0]?.wants).toBe(4);
  });
});

describe('fingerprints', () => {
  it('name the change and not its values', () => {
    const print = (before: number, after: number) =>
      compareSession(
        [
          pair(
            'x',
            ...passes(
              () => ok({ a: before }),
              () => ok({ a: after }),
            ),
          ),
        ],
        { intermittent: false },
      )[0]?.findings[0]?.fingerprint;
    expect(print(1, 2)).toBe(print(3, 4));
    expect(print(1, 2)).toMatch(/^[0-9a-f]{12}-[0-9a-f]{12}$/);
  });
});
