import { describe, expect, it } from 'vitest';
import { compareCaptures } from '../../src/diff/captures.ts';
import { SeatrialError } from '../../src/errors.ts';

const line = (id: string, before: unknown, after: unknown): string =>
  JSON.stringify({
    id,
    baseline: [
      { status: 200, body: before },
      { status: 200, body: before },
    ],
    candidate: [
      { status: 200, body: after },
      { status: 200, body: after },
    ],
  });

function problem(text: string): SeatrialError {
  try {
    compareCaptures(text);
  } catch (error) {
    if (error instanceof SeatrialError) return error;
    throw error;
  }
  throw new Error('no error');
}

describe('the captures door', () => {
  it('gives a line for each line, in the order of the input', () => {
    const out = compareCaptures(`${line('b', { x: 1 }, { x: 1 })}\n\n${line('a', { x: 1 }, { y: 'new' })}\n`);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as { id: string; differs: string });
    expect(lines.map(({ id, differs }) => [id, differs])).toEqual([
      ['b', 'none'],
      ['a', 'breaking'],
    ]);
  });

  it('is the same byte for byte each time, whatever the order of lines', () => {
    const lines = [
      line('a', { x: 1, y: [1, 2] }, { x: 2, y: [2, 1] }),
      line('b', 'text', 'other'),
      line('c', {}, []),
    ];
    const forth = compareCaptures(lines.join('\n'));
    expect(compareCaptures(lines.join('\n'))).toBe(forth);
    const back = compareCaptures(lines.toReversed().join('\n'));
    expect(back.trimEnd().split('\n').toReversed().join('\n')).toBe(forth.trimEnd());
  });

  it('takes headers as an object or as pairs, and a missing body as empty', () => {
    const text = JSON.stringify({
      id: 'x',
      baseline: [{ status: 204, headers: { a: ['1', '2'] } }],
      candidate: [
        {
          status: 204,
          headers: [
            ['A', '1'],
            ['a', '2'],
          ],
        },
      ],
    });
    expect(JSON.parse(compareCaptures(text))).toMatchObject({ differs: 'none', findings: [] });
  });

  it('a line without any one of its fields', () => {
    const whole: Record<string, unknown> = JSON.parse(line('a', 1, 1));
    for (const field of ['id', 'baseline', 'candidate']) {
      const { [field]: _, ...rest } = whole;
      const error = problem(JSON.stringify(rest));
      expect(error.code).toBe('invalid-captures');
      expect(error.text.what).toContain(`Line 1 of the captures cannot be used: ${field}`);
    }
    const noStatus = { ...whole, candidate: [{ headers: {}, body: 1 }] };
    expect(problem(JSON.stringify(noStatus)).text.what).toContain('candidate.0.status');
  });

  it('says which line cannot be used, and why', () => {
    const good = line('a', 1, 1);
    for (const [bad, reason] of [
      ['{', 'no JSON'],
      ['[]', ''],
      ['{"id":"x"}', 'baseline'],
      ['{"id":"x","baseline":[],"candidate":[{"status":200}]}', 'baseline'],
      ['{"id":"x","baseline":[{"status":"200"}],"candidate":[{"status":200}]}', 'status'],
      ['{"id":"x","baseline":[{"status":200}],"candidate":[{"status":200}],"more":1}', 'more'],
    ] as const) {
      const error = problem(`${good}\n${bad}`);
      expect(error.code).toBe('invalid-captures');
      expect(error.text.what).toContain('Line 2');
      expect(error.text.what).toContain(reason);
    }
  });
});
