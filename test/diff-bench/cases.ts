import type { CapturedAnswer } from '../../src/diff/compare.ts';
import type { Header, HttpAnswer } from '../../src/exchange.ts';
import type { Base } from './base.ts';
import { kinds, makeBase } from './bases/all.ts';
import { noiseOperators } from './noise/all.ts';
import type { NoiseOperator, Room } from './noise/noise.ts';
import { type OptionalPlace, optionalPlaces } from './optional.ts';
import { Random } from './random.ts';
import { regressionOperators } from './regressions/all.ts';
import type { Plan, RegressionOperator, Truth } from './regressions/regression.ts';
import { render } from './render.ts';
import { type Moment, realize, type Tree, under } from './tree.ts';
import type { Names } from './words.ts';

/** Answers a side that a case has; less are the first of them. */
export const mostAnswers = 7;

/** So many show what comes in 85 of 100 answers as optional but for one time in ten million. */
const optionalDraws = 100;

export interface Case {
  readonly id: string;
  readonly kind: string;
  readonly method: string;
  readonly path: string;
  readonly noise: readonly string[];
  /** What is wrong with the candidate; empty where nothing is. */
  readonly truths: readonly Truth[];
  /** What healthy answers of it leave out or fill with null now and then. */
  readonly optional: readonly OptionalPlace[];
  /** The share of answers that show it; null where all do. */
  readonly rate: number | null;
  /** Which candidate answers show it. */
  readonly shows: readonly boolean[];
  readonly baseline: readonly CapturedAnswer[];
  readonly candidate: readonly CapturedAnswer[];
}

export interface CaseSpec {
  readonly seed: string;
  readonly operator: RegressionOperator | null;
  readonly rate?: number;
  /** All noise that the case has, instead of some drawn. */
  readonly noise?: readonly NoiseOperator[];
}

/** Null where no base that was drawn has a place for the operator. */
export function makeCase(spec: CaseSpec): Case | null {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const made = attemptCase(spec, new Random(`${spec.seed} ${attempt}`));
    if (made !== null) return made;
  }
  return null;
}

function attemptCase({ seed, operator, rate, noise }: CaseSpec, random: Random): Case | null {
  const { base, names } = makeBase(random.pick(kinds), random.fork('base'));
  const plans = operator === null ? [] : plansFor(operator, base, random, names);
  if (plans === null) return null;
  const count = noise?.length ?? random.pick(plans.length === 0 ? [1, 2, 2, 3, 4, 6] : [0, 0, 1, 2, 3, 5]);
  const room: Room = {
    near: random.chance(0.5) ? (plans[0]?.subject ?? plans[0]?.room.near ?? null) : null,
    allows: (path, touches) => plans.every((plan) => plan.room.allows(path, touches)),
  };
  const applied: string[] = [];
  let noisy = base;
  for (let number = 0; number < count; number += 1) {
    const one = noise?.[number] ?? random.pick(noiseOperators);
    if (applied.includes(one.name)) continue;
    const next = one.apply(noisy, random.fork(`noise ${number}`), names, room);
    if (next === null) continue;
    applied.push(one.name);
    noisy = next;
  }
  if (noise !== undefined && applied.length < noise.length) return null;
  if (plans.length === 0 && applied.length === 0) return null;
  const changed = plans.reduce((one, plan) => plan.apply(one), noisy);
  const clock = clockFor(random.fork('clock'));
  const start = clock('baseline', 0, seed);
  if (plans.length > 0 && text(answerOf(changed, start())) === text(answerOf(noisy, start()))) return null;
  const often = new Random(`${seed} rate`);
  const shows = Array.from(
    { length: mostAnswers },
    () => plans.length > 0 && (rate === undefined || often.chance(rate)),
  );
  const side = (name: 'baseline' | 'candidate'): CapturedAnswer[] =>
    Array.from({ length: mostAnswers }, (_, index) => {
      const wrong = name === 'candidate' && shows[index] === true;
      return {
        pass: passOf(name, index),
        answer: answerOf(wrong ? changed : noisy, clock(name, index, seed)()),
      };
    });
  return {
    id: seed,
    kind: base.kind,
    method: base.method,
    path: base.path,
    noise: applied,
    truths: plans.map(({ truth }) => truth),
    optional: optionalPlaces(
      noisy,
      Array.from({ length: optionalDraws }, (_, index) => clock('baseline', index, `${seed} optional`)()),
    ),
    rate: rate ?? null,
    shows,
    baseline: side('baseline'),
    candidate: side('candidate'),
  };
}

function plansFor(operator: RegressionOperator, base: Base, random: Random, names: Names): Plan[] | null {
  const first = operator.plan(base, random.fork('regression'), names);
  if (first === null) return null;
  const plans = [first];
  if (!first.alone && random.chance(0.1)) {
    const other = random.pick(regressionOperators).plan(base, random.fork('another'), names);
    if (other !== null && !other.alone && apart(first, other)) plans.push(other);
  }
  return plans;
}

/** Two changes that say nothing of each other. */
function apart(one: Plan, other: Plan): boolean {
  if (one.subject === null || other.subject === null) return one.truth.places[0] !== other.truth.places[0];
  const a = one.subject.slice(0, -1);
  const b = other.subject.slice(0, -1);
  return !under(a, b) && !under(b, a);
}

/** The order in which live passes come: baseline, sandbox, sandbox, baseline. */
function passOf(side: 'baseline' | 'candidate', index: number): number {
  const even = index % 2 === 0;
  return 2 * index + (side === 'baseline' ? (even ? 1 : 2) : even ? 2 : 1);
}

function clockFor(
  random: Random,
): (side: 'baseline' | 'candidate', index: number, seed: string) => () => Moment {
  const start = Date.UTC(
    2026,
    random.int(0, 9),
    random.int(1, 28),
    random.int(0, 23),
    random.int(0, 59),
    random.int(0, 59),
    random.int(0, 999),
  );
  const gap = random.int(200, 4000);
  const step = random.int(1, 4);
  const hosts = {
    baseline: [0, 1, 2].map(() => `web-${random.hex(6)}`),
    candidate: [0, 1].map(() => `fork-${random.hex(6)}`),
  };
  const served = { baseline: random.int(300, 90000), candidate: random.int(1, 8) };
  return (side, index, seed) => () => {
    const own = new Random(`${seed} ${side} ${index}`);
    return {
      random: own,
      at: start + passOf(side, index) * gap + own.int(0, 150),
      served: served[side] + index * step,
      host: own.pick(hosts[side]),
      shared: new Map(),
    };
  };
}

function answerOf(base: Base, moment: Moment): HttpAnswer {
  const body = realize(base.body, moment) ?? null;
  const headers = base.headers.flatMap(([name, tree]): Header[] => {
    const value = header(tree, moment);
    return value === null ? [] : [[name, value]];
  });
  const content = render(base.form, body);
  const encoded = base.form === 'bytes';
  return {
    kind: 'answer',
    status: base.status,
    headers,
    body: {
      encoding: encoded ? 'base64' : 'utf8',
      text: encoded ? Buffer.from(content, 'hex').toString('base64') : content,
      size: Buffer.byteLength(content),
    },
    durationMs: 5,
  };
}

function header(tree: Tree, moment: Moment): string | null {
  const value = realize(tree, moment);
  return value === undefined ? null : String(value);
}

function text(answer: HttpAnswer): string {
  return JSON.stringify([answer.status, answer.headers, answer.body.text]);
}
