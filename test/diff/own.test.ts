import { describe, expect, it } from 'vitest';
import type { CapturedAnswer } from '../../src/diff/compare.ts';
import { compareSession } from '../../src/diff/session.ts';
import type { Header, OwnProcess } from '../../src/exchange.ts';
import { times } from './support.ts';

const minute = 60_000;
const baseline: OwnProcess = { pid: 4711, port: 40_001, started: { from: 10 * minute, to: 11 * minute } };
const fork: OwnProcess = { pid: 5822, port: 40_002, started: { from: 70 * minute, to: 71 * minute } };

function side(
  first: number,
  make: (own: OwnProcess) => unknown,
  own: OwnProcess,
  known = true,
): CapturedAnswer[] {
  return times(7, (index) => {
    const body = make(own);
    const text = JSON.stringify(body);
    const headers: Header[] = [['content-type', 'application/json']];
    const answer = {
      kind: 'answer' as const,
      status: 200,
      headers,
      body: { encoding: 'utf8' as const, text, size: text.length },
      durationMs: 1,
    };
    return { pass: 2 * index + first, answer, ...(known ? { own } : {}) };
  });
}

function told(
  before: (own: OwnProcess) => unknown,
  after: (own: OwnProcess) => unknown,
  owns: { readonly baseline: OwnProcess; readonly candidate: OwnProcess } = { baseline, candidate: fork },
  known = true,
): string[] {
  const pair = {
    id: 'health',
    service: 'shop',
    method: 'GET',
    pathTemplate: '/healthz',
    baseline: side(1, before, owns.baseline, known),
    candidate: side(2, after, owns.candidate, known),
  };
  return compareSession([pair], { intermittent: false }).flatMap(({ findings }) =>
    findings.map(({ rule, place }) => `${rule} ${place}`),
  );
}

const health = (own: OwnProcess) => ({
  pid: own.pid,
  port: String(own.port),
  at: `http://127.0.0.1:${own.port}/healthz`,
  who: `worker ${own.pid} on port ${own.port}`,
  startedAt: new Date((own.started?.from ?? 0) + 400).toISOString(),
});

describe('what says nothing but which process answered', () => {
  it('is none where each answer has the pid, port and start of its own process', () => {
    expect(told(health, health)).toEqual([]);
  });

  it('is compared as all values are where nobody knows the processes', () => {
    expect(
      told(
        (own) => ({ pid: own.pid }),
        (own) => ({ pid: own.pid }),
        undefined,
        false,
      ),
    ).toEqual(['value-changed $.pid']);
  });

  it('a value that is another one is found, whatever stands beside it', () => {
    const wrong: [string, (own: OwnProcess) => unknown, (own: OwnProcess) => unknown][] = [
      ['a fixed pid', (own) => ({ v: own.pid }), () => ({ v: 4242 })],
      ['the port where the pid was', (own) => ({ v: own.pid }), (own) => ({ v: own.port })],
      ['the pid in place of a count', () => ({ v: 1250 }), (own) => ({ v: own.pid })],
      ['other words', (own) => ({ v: `worker ${own.pid}` }), (own) => ({ v: `thread ${own.pid}` })],
      [
        'another path',
        (own) => ({ v: `http://a:${own.port}/one` }),
        (own) => ({ v: `http://a:${own.port}/two` }),
      ],
      ['a part of a longer number', (own) => ({ v: `9${own.pid}` }), (own) => ({ v: `9${own.pid}` })],
      ['decimals', (own) => ({ v: Number(`1.${own.pid}`) }), (own) => ({ v: Number(`1.${own.pid}`) })],
      ['a start of long ago', () => ({ v: '1970-01-01T00:10:30Z' }), () => ({ v: '1970-01-01T00:10:31Z' })],
    ];
    for (const [name, before, after] of wrong)
      expect([name, ...told(before, after)]).toEqual([name, 'value-changed $.v']);
  });

  it('numbers of one or two digits say something else', () => {
    const small = { baseline: { pid: 7 }, candidate: { pid: 12 } };
    const count = (own: OwnProcess) => ({ v: own.pid });
    expect(told(count, count, small)).toEqual(['value-changed $.v']);
  });

  it('the name of the fork’s pod, where the baseline has that of one of its own', () => {
    const owns = { baseline: {}, candidate: { pod: 'seatrial-pr42-web-7f4d8b-xk2pq' } };
    const served = (own: OwnProcess) => ({ by: own.pod ?? 'web-6d4f8b9c4-bx4z2' });
    expect(told(served, served, owns)).toEqual([]);
    expect(told(served, () => ({ by: 'web-6d4f8b9c4-kx4z2' }), owns)).toEqual(['value-changed $.by']);
    expect(told(() => ({ by: 'nobody' }), served, owns)).toEqual(['value-changed $.by']);
  });
});
