import { diff } from 'json-diff-ts';
import type { CapturedAnswer, PairAnswers } from '../../src/diff/compare.ts';
import { answerReader, type Reading } from '../../src/diff/read/answer.ts';
import { compareReadings } from '../../src/diff/session.ts';
import { type Case, makeCase } from './cases.ts';
import { Random } from './random.ts';
import { regressionOperators } from './regressions/all.ts';

/** CPU time of the thread: other work on the machine is not in it. */
export interface SpeedRound {
  readonly oursMs: number;
  readonly theirsMs: number;
}

/**
 * One round over the same pairs of bodies: smart diff with all that it does but parsing, against a bare `diff()` of
 * json-diff-ts. What either keeps from one pair to the next is thrown away with the parsed bodies.
 */
export function speedRound(pairs: readonly PairAnswers[], oursFirst: boolean): SpeedRound {
  const read = new Map<CapturedAnswer, Reading>();
  for (const pair of pairs) {
    const reader = answerReader();
    for (const captured of [...pair.baseline, ...pair.candidate]) read.set(captured, reader(captured));
  }
  const readingOf = (captured: CapturedAnswer): Reading => {
    const reading = read.get(captured);
    if (reading === undefined) throw new Error('an answer that was not read');
    return reading;
  };
  const parsed = pairs.map(({ baseline, candidate }) => [value(baseline[0]), value(candidate[0])] as const);
  const ours = (): number =>
    timed(() => {
      for (const pair of pairs) compareReadings([pair], readingOf, { intermittent: false });
    });
  const theirs = (): number =>
    timed(() => {
      for (const [one, other] of parsed) diff(one, other);
    });
  if (oursFirst) {
    const oursMs = ours();
    return { oursMs, theirsMs: theirs() };
  }
  const theirsMs = theirs();
  return { oursMs: ours(), theirsMs };
}

/** Pairs as the benchmark has them, and lists of a thousand records. */
export function speedPairs(seed: string): readonly PairAnswers[] {
  const cases = regressionOperators
    .flatMap((operator) =>
      [1, 2].map((number) => makeCase({ seed: `${seed} ${operator.name} ${number}`, operator })),
    )
    .filter((one): one is Case => one !== null && isJson(one.baseline[0]) && isJson(one.candidate[0]));
  return [
    ...cases.map(pairOf),
    ...[1, 2, 3].map((number) => largePair(new Random(`${seed} large ${number}`))),
  ];
}

function pairOf(one: Case): PairAnswers {
  return {
    id: one.id,
    service: 's',
    method: 'GET',
    pathTemplate: '/',
    baseline: one.baseline.slice(0, 1),
    candidate: one.candidate.slice(0, 1),
  };
}

function largePair(random: Random): PairAnswers {
  const items = Array.from({ length: 1000 }, (_, index) => ({
    id: index,
    sku: random.word(8),
    price: random.int(1, 9999) / 100,
    tags: [random.word(4), random.word(5)],
  }));
  const other = items.map((item, index) => (index % 50 === 7 ? { ...item, price: item.price + 1 } : item));
  return {
    id: 'large',
    service: 's',
    method: 'GET',
    pathTemplate: '/',
    baseline: [captured(1, { items })],
    candidate: [captured(2, { items: other })],
  };
}

export function captured(pass: number, body: unknown): CapturedAnswer {
  const text = JSON.stringify(body);
  return {
    pass,
    answer: {
      kind: 'answer',
      status: 200,
      headers: [['content-type', 'application/json']],
      body: { encoding: 'utf8', text, size: text.length },
      durationMs: 1,
    },
  };
}

function value(one: CapturedAnswer | undefined): unknown {
  return one?.answer.kind === 'answer' ? JSON.parse(one.answer.body.text) : null;
}

function isJson(one: CapturedAnswer | undefined): boolean {
  try {
    return typeof value(one) === 'object';
  } catch {
    return false;
  }
}

function timed(work: () => void): number {
  const start = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / 1000;
}
