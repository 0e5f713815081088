import { describe, expect, it } from 'vitest';
import { compareCaptures } from '../../src/diff/captures.ts';
import { compareSession } from '../../src/diff/session.ts';
import type { Body } from '../../src/exchange.ts';
import { answer, diffAnswers, type Out, told } from './support.ts';

/** Bodies as text, so that what is no JSON of JavaScript's gets through. */
function texts(before: string, after: string, type = 'application/json'): Out {
  const side = (body: string) => [1, 2].map(() => answer(body, 200, { 'content-type': type }));
  return diffAnswers(side(before), side(after));
}

function bodies(
  before: Body,
  after: Body,
  type: string,
): ReturnType<typeof compareSession>[number] | undefined {
  const side = (body: Body, pass: number) =>
    [pass, pass + 2].map((number) => ({
      pass: number,
      answer: {
        kind: 'answer' as const,
        status: 200,
        headers: [['content-type', type] as const],
        body,
        durationMs: 1,
      },
    }));
  const pair = {
    id: 'x',
    service: 's',
    method: 'GET',
    pathTemplate: '/',
    baseline: side(before, 1),
    candidate: side(after, 2),
  };
  return compareSession([pair], { intermittent: false })[0];
}

const bytes = (...list: number[]): Body => ({
  encoding: 'base64',
  text: Buffer.from(list).toString('base64'),
  size: list.length,
});

describe('hostile answers', () => {
  it('a key named __proto__ is a key like any other', () => {
    expect(told(texts('{"__proto__":{"a":1},"b":1}', '{"__proto__":{"a":"1"},"b":1}'))).toEqual([
      'type-changed $.__proto__.a',
    ]);
    expect(({} as Record<string, unknown>).a).toBeUndefined();
    expect(told(texts('{"constructor":1}', '{"toString":2}'))).toEqual([
      'removed-field $.constructor',
      'added-field $.toString',
    ]);
  });

  it('of duplicate keys none is lost', () => {
    const out = texts('{"a":1,"a":2}', '{"a":9,"a":2}');
    expect(out.differs).toBe('breaking');
    expect(out.notes?.join()).toContain('twice');
    expect(texts('{"a":1,"a":2}', '{"a":2}').differs).toBe('breaking');
  });

  it('10,000 levels are compared as text past the limit, and it says so', () => {
    const deep = (core: string) => `${'['.repeat(10_000)}${core}${']'.repeat(10_000)}`;
    expect(texts(deep('1'), deep('1'))).toMatchObject({ differs: 'none' });
    const out = texts(deep('1'), deep('2'));
    expect(out.differs).toBe('breaking');
    expect(out.notes?.join()).toContain('200 levels');
    const object = (core: string) => `${'{"a":'.repeat(10_000)}${core}${'}'.repeat(10_000)}`;
    expect(texts(object('1'), object('2')).differs).toBe('breaking');
  });

  it('100,000 levels in the line of captures itself are an error or a result, never a crash', () => {
    const deep = `${'['.repeat(100_000)}1${']'.repeat(100_000)}`;
    const line = `{"id":"x","baseline":[{"status":200,"body":${deep}}],"candidate":[{"status":200,"body":${deep}}]}`;
    expect(JSON.parse(compareCaptures(line))).toMatchObject({ differs: 'none' });
  });

  it('numbers are compared by value, whatever JavaScript can hold', () => {
    expect(told(texts('[1e400]', '[1E+400]'))).toEqual([]);
    expect(told(texts('[1e400]', '[1e401]'))).toEqual(['value-changed $[*]']);
    expect(told(texts('[9007199254740993]', '[9007199254740992]'))).toEqual(['value-changed $[*]']);
    expect(told(texts('{"n":-0}', '{"n":0}'))).toEqual([]);
    expect(told(texts('{"n":1.0}', '{"n":1}'))).toEqual([]);
    expect(told(texts('{"n":1e99999999999999999999}', '{"n":1e99999999999999999998}'))).toEqual([
      'value-changed $.n',
    ]);
  });

  it('JSON that breaks off is never the same as JSON, nor as other JSON that breaks off', () => {
    expect(told(texts('{"a":1}', '{"a":'))).toEqual(['type-changed $']);
    expect(texts('{"a":1}', '{"a":').notes?.join()).toContain('ends in the middle');
    expect(texts('{"a":1', '{"a":2').differs).toBe('breaking');
    expect(told(texts('{"a":1', '{"a":1'))).toEqual([]);
  });

  it('two different invalid bytes are not equal', () => {
    const json = 'application/json';
    const one = bytes(0x22, 0xff, 0x22);
    expect(bodies(one, bytes(0x22, 0xfe, 0x22), json)?.differs).toBe('breaking');
    expect(bodies(one, one, json)).toMatchObject({
      differs: 'none',
      notes: [expect.stringContaining('UTF-8') as unknown],
    });
  });

  it('binary bodies are compared by size and hash', () => {
    expect(bodies(bytes(0x89, 1, 2), bytes(0x89, 1, 2), 'image/png')?.differs).toBe('none');
    expect(bodies(bytes(0x89, 1, 2), bytes(0x89, 1, 3), 'image/png')?.findings).toMatchObject([
      { rule: 'value-changed', place: '$' },
    ]);
  });

  it('a body that was not kept whole is compared by size and hash, and it says so', () => {
    const cut = (sha256: string): Body => ({
      encoding: 'utf8',
      text: '[1,2',
      size: 60_000_000,
      truncated: { sha256 },
    });
    const out = bodies(cut('aa'), cut('bb'), 'application/json');
    expect(out).toMatchObject({
      differs: 'breaking',
      notes: [expect.stringContaining('60000000 bytes') as unknown],
    });
    expect(bodies(cut('aa'), cut('aa'), 'application/json')?.findings).toEqual([]);
  });

  it('a body of 50 MB is compared within bounds, by its first items, its length and its text', () => {
    const items = '{"id":1,"name":"an item","tags":["a","b"]},'.repeat(1_150_000);
    const list = (last: number): string => `{"items":[${items}${last}]}`;
    const body = (text: string): Body => ({ encoding: 'utf8', text, size: text.length });
    const one = body(list(1));
    expect(one.size).toBeGreaterThan(45_000_000);
    expect(bodies(one, one, 'application/json')?.differs).toBe('none');
    expect(bodies(one, body(list(2)), 'application/json')).toMatchObject({
      differs: 'breaking',
      findings: [{ place: '$.items[*]' }],
      notes: [expect.stringContaining('larger than') as unknown],
    });
  });

  it('past the first items two different characters or invalid bytes are not equal either', () => {
    const items = '{"id":1,"name":"an item","tags":["a","b"]},'.repeat(110_000);
    const list = (last: string): string => `{"items":[${items}"${last}"]}`;
    for (const [one, other] of [
      ['\u{1F600}', '\u{1F601}'],
      ['\uDCFF', '\uDCFE'],
    ] as const) {
      const before: Body = { encoding: 'utf8', text: list(one), size: list(one).length };
      expect(bodies(before, { ...before, text: list(other) }, 'application/json')?.differs).toBe('breaking');
    }
  });

  it('an empty body and none are the same, an empty one and a full one are not', () => {
    expect(diffAnswers([{ status: 200 }], [{ status: 200, body: '' }]).differs).toBe('none');
    expect(told(texts('{"a":1}', ''))).toEqual(['removed-field $']);
  });

  it('names that need it are quoted as RFC 9535 says', () => {
    const out = texts('{"a.b":1,"it\'s":1,"":1}', '{"a.b":2,"it\'s":2,"":2}');
    expect(told(out)).toEqual(["value-changed $['']", "value-changed $['a.b']", "value-changed $['it\\'s']"]);
  });
});

describe('hostile captures', () => {
  const one = (body: unknown, more: Record<string, unknown> = {}) => ({ ...answer(body), ...more });
  const problem = (captured: unknown): string => {
    try {
      compareCaptures(JSON.stringify({ id: 'x', baseline: [captured], candidate: [captured] }));
    } catch (error) {
      return error instanceof Error ? error.message : 'no error';
    }
    return 'none';
  };

  it('unequal counts of answers are compared, with the counts in the finding', () => {
    const out = diffAnswers([one({ a: 1 }), one({ a: 1 }), one({ a: 1 })], [one({ a: '1' })]);
    expect(out.findings).toMatchObject([
      { rule: 'type-changed', confirmed: false, answers: { baseline: 3, candidate: 1 } },
    ]);
  });

  it('a body that the recorder cut is compared by what is there, and it says so', () => {
    const cut = (body: string) => one(body, { truncated: true });
    const same = diffAnswers([cut('{"a":1'), cut('{"a":1')], [cut('{"a":1'), cut('{"a":1')]);
    expect(same.differs).toBe('none');
    expect(same.notes?.join()).toContain('was not kept whole');
    expect(diffAnswers([cut('{"a":1'), cut('{"a":1')], [cut('{"a":2'), cut('{"a":2')]).differs).toBe(
      'breaking',
    );
  });

  it('an unknown way of writing bodies down, and what is no base64, are errors', () => {
    expect(problem(one('x', { encoding: 'utf16' }))).toContain('encoding');
    expect(problem(one('not base64!', { encoding: 'base64' }))).toContain('base64');
    expect(problem(one({ a: 1 }, { encoding: 'base64' }))).toContain('base64');
    expect(problem({ headers: {} })).toContain('status');
  });

  it('markup that opens, nests or names without end is compared within bounds', () => {
    const html = (body: string) => answer(body, 200, { 'content-type': 'text/html' });
    const xml = (body: string) => answer(body, 200, { 'content-type': 'application/xml' });
    const deep = '<a>'.repeat(100_000);
    for (const [before, after] of [
      [html(`${deep}1`), html(`${deep}2`)],
      [html('<p x="1" x="2">'), html('<p x="3" x="2">')],
      [xml('<a><__proto__>1</__proto__></a>'), xml('<a><__proto__>2</__proto__></a>')],
      [xml('<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'), xml('<!DOCTYPE a [<!ENTITY e "y">]><a>&e;</a>')],
      [xml('<a></a></b>'), xml('<a></a></c>')],
    ]) {
      expect(diffAnswers([before, before], [after, after]).differs).toBe('breaking');
      expect(diffAnswers([before, before], [before, before])).toMatchObject({
        differs: 'none',
        findings: [],
      });
    }
  });

  it('the headers of a hostile service are compared, whatever they hold', () => {
    const hostile = (value: string) =>
      answer({}, 200, { 'set-cookie': value, link: value, 'cache-control': value });
    for (const value of [
      '',
      ';;;',
      '=',
      '<',
      '"',
      '<>;"',
      'a="\\',
      '__proto__=1; __proto__',
      ','.repeat(5000),
    ]) {
      const out = diffAnswers([hostile(value), hostile(value)], [hostile(`${value}x`), hostile(`${value}x`)]);
      expect(out.differs).not.toBe('none');
      expect(diffAnswers([hostile(value)], [hostile(value)]).differs).toBe('none');
    }
  });
});
