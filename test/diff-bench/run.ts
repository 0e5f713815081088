import type { RuleId } from '../../src/diff/finding.ts';
import { type Case, makeCase, mostAnswers } from './cases.ts';
import { noiseOperators } from './noise/all.ts';
import { countsAsPresence } from './optional.ts';
import { playConfirmed, playWith } from './play.ts';
import { regressionOperators } from './regressions/all.ts';
import { half } from './report.ts';
import { rivals } from './rivals/all.ts';
import { generous } from './rivals/rival.ts';
import { type CaseScore, type Scored, scoreCase, Tally, type Told, toldBy } from './score.ts';

export interface RunOptions {
  readonly seeds: readonly string[];
  /** Cases for each regression and seed; for each noise and seed; mixed noise for each seed. */
  readonly perRegression: number;
  readonly perNoise: number;
  readonly mixedNoise: number;
  /** More of them for each regression, and more mixed noise, for our own figures alone: no rivals, no other counts. */
  readonly morePerRegression?: number;
  readonly moreMixedNoise?: number;
  /** Numbers of answers a side that are played besides those that the confirmation takes. */
  readonly counts?: readonly number[];
}

export type Halves = Readonly<Record<'both' | 'tuned' | 'untuned', Tally>>;

export interface Results {
  /** At two answers a side, all findings by a rule of structure, whatever the place. */
  readonly structuralByRule: Halves;
  /** Its false alarms, by rule, and how many of them are at places that are optional in the truth. */
  readonly structuralAlarms: ReadonlyMap<string, { readonly all: number; readonly optional: number }>;
  /** The same without what is gone or null where it is optional: that is presence. */
  readonly structural: Halves;
  /** All else, confirmed with up to seven; what is gone or null where it is optional in the cases of structure as well. */
  readonly value: Halves;
  readonly intermittent: Readonly<Record<'1/2' | '1/3', Halves>>;
  /** Those of them that showed in an answer at all. */
  readonly shown: Readonly<Record<'1/2' | '1/3', Halves>>;
  readonly noise: Halves;
  readonly byAnswers: ReadonlyMap<string, Tally>;
  readonly rivals: ReadonlyMap<string, Tally>;
  readonly answersUsed: readonly number[];
  readonly operators: ReadonlyMap<
    string,
    { cases: number; missed: number; falseAlarms: number; severityWrong: number }
  >;
  readonly noises: ReadonlyMap<string, { cases: number; alarmed: number }>;
}

const halves = (): Halves => ({ both: new Tally(), tuned: new Tally(), untuned: new Tally() });

/** What two answers a side may say for sure; the rest is confirmed first. */
const structuralRules: ReadonlySet<string> = new Set<RuleId>([
  'removed-field',
  'renamed-field',
  'type-changed',
  'null-introduced',
  'format-changed',
  'status-changed',
  'content-type-changed',
  'no-answer',
]);

export function run({
  seeds,
  perRegression,
  perNoise,
  mixedNoise,
  morePerRegression = 0,
  moreMixedNoise = 0,
  counts = [1, 2, 4, mostAnswers],
}: RunOptions): Results {
  const structuralByRule = halves();
  const structural = halves();
  const structuralAlarms = new Map<string, { all: number; optional: number }>();
  const value = halves();
  const addStructure = (
    one: Case,
    { two, confirmed }: { readonly two: CaseScore; readonly confirmed: CaseScore },
    which: 'tuned' | 'untuned',
    changes: readonly Scored[],
  ): void => {
    const byRule = without(two, ({ rule }) => !structuralRules.has(rule ?? ''));
    const presence = (told: Told): boolean => countsAsPresence(told, one.optional);
    add(structuralByRule, byRule, which, changes);
    add(structural, without(byRule, presence), which, changes);
    for (const told of byRule.falseAlarms) {
      const counts = structuralAlarms.get(told.rule ?? '') ?? { all: 0, optional: 0 };
      counts.all += 1;
      if (presence(told)) counts.optional += 1;
      structuralAlarms.set(told.rule ?? '', counts);
    }
    // What is taken out of structure is judged as presence is: with confirmation.
    const left = changes.length === 0 ? 0 : confirmed.falseAlarms.filter(presence).length;
    for (const tally of [value.both, value[which]]) tally.told += left;
  };
  const noise = halves();
  const intermittent = { '1/2': halves(), '1/3': halves() };
  const shown = { '1/2': halves(), '1/3': halves() };
  const byAnswers = new Map<string, Tally>();
  const rivalTallies = new Map(rivals.map(({ name }) => [name, new Tally()]));
  const answersUsed: number[] = [];
  const operators = new Map<
    string,
    { cases: number; missed: number; falseAlarms: number; severityWrong: number }
  >();
  const noises = new Map<string, { cases: number; alarmed: number }>();
  const own = new Tally();

  const everywhere = (one: Case): { two: CaseScore; confirmed: CaseScore } => {
    for (const count of counts) {
      const tally = byAnswers.get(String(count)) ?? new Tally();
      byAnswers.set(String(count), tally);
      tally.add(scoreCase(one.truths, toldBy(playWith(one, count).findings), false));
    }
    const played = playConfirmed(one);
    answersUsed[played.answers] = (answersUsed[played.answers] ?? 0) + 1;
    const confirmed = scoreCase(one.truths, toldBy(played.findings), false);
    own.add(confirmed);
    for (const rival of rivals) {
      const told = generous(rival.places(one.baseline, one.candidate)).map(
        (place): Told => ({ place, rule: null, severity: null }),
      );
      rivalTallies.get(rival.name)?.add(scoreCase(one.truths, told, true));
    }
    return { two: atTwo(one), confirmed };
  };
  const alone = (one: Case): { two: CaseScore; confirmed: CaseScore } => ({
    two: atTwo(one),
    confirmed: scoreCase(one.truths, toldBy(playConfirmed(one).findings), false),
  });

  for (const seed of seeds) {
    for (const operator of regressionOperators) {
      for (let number = 0; number < perRegression + morePerRegression; number += 1) {
        const one = makeCase({ seed: `${seed} ${operator.name} ${number}`, operator });
        if (one === null) continue;
        const scores = number < perRegression ? everywhere(one) : alone(one);
        const ofStructure = operator.kind === 'structural';
        const score = ofStructure
          ? without(scores.two, ({ rule }) => !structuralRules.has(rule ?? ''))
          : scores.confirmed;
        if (ofStructure) addStructure(one, scores, half(operator.name), of(score, operator.kind));
        else add(value, score, half(operator.name), of(score, operator.kind));
        note(operators, operator.name, score, of(score, operator.kind));
      }
      for (const [name, rate] of [
        ['1/2', 1 / 2],
        ['1/3', 1 / 3],
      ] as const) {
        for (let number = 0; number < Math.ceil(perRegression / 2); number += 1) {
          const one = makeCase({ seed: `${seed} ${operator.name} ${name} ${number}`, operator, rate });
          if (one === null) continue;
          const played = playConfirmed(one, true);
          const score = scoreCase(one.truths, toldBy(played.findings), false);
          add(intermittent[name], score, half(operator.name), score.changes);
          if (one.shows.slice(0, played.answers).some((shows) => shows))
            add(shown[name], score, half(operator.name), score.changes);
        }
      }
    }
    const clean = (name: string, one: Case | null, score = everywhere): void => {
      if (one === null) return;
      const scores = score(one);
      const { confirmed } = scores;
      const which = half(name);
      add(noise, confirmed, which, []);
      // As many requests with nothing wrong as with something: precision hangs on the mixture.
      if (value[which].clean < value[which].cases - value[which].clean) add(value, confirmed, which, []);
      if (structural[which].clean < structural[which].cases - structural[which].clean) {
        addStructure(one, scores, which, []);
      }
      for (const each of one.noise) {
        const counts = noises.get(each) ?? { cases: 0, alarmed: 0 };
        counts.cases += 1;
        if (confirmed.falseAlarms.length > 0) counts.alarmed += 1;
        noises.set(each, counts);
      }
    };
    for (let number = 0; number < mixedNoise + moreMixedNoise; number += 1) {
      const one = makeCase({ seed: `${seed} mixed ${number}`, operator: null });
      clean(one?.noise[0] ?? '', one, number < mixedNoise ? everywhere : alone);
    }
    for (const one of noiseOperators) {
      for (let number = 0; number < perNoise; number += 1) {
        clean(
          one.name,
          makeCase({ seed: `${seed} only ${one.name} ${number}`, operator: null, noise: [one] }),
        );
      }
    }
  }
  byAnswers.set('2 to 7, confirmed', own);
  return {
    structuralByRule,
    structuralAlarms,
    structural,
    value,
    intermittent,
    shown,
    noise,
    byAnswers,
    rivals: rivalTallies,
    answersUsed,
    operators,
    noises,
  };
}

function atTwo(one: Case): CaseScore {
  return scoreCase(one.truths, toldBy(playWith(one, 2).findings), false);
}

function of(score: CaseScore, kind: string): readonly Scored[] {
  return score.changes.filter(({ truth }) => truth.kind === kind);
}

/** The score without some of its false alarms: those are of another class. */
function without(score: CaseScore, other: (told: Told) => boolean): CaseScore {
  const falseAlarms = score.falseAlarms.filter((told) => !other(told));
  return { ...score, falseAlarms, told: score.told - (score.falseAlarms.length - falseAlarms.length) };
}

function add(
  tallies: Halves,
  score: CaseScore,
  which: 'tuned' | 'untuned',
  changes: readonly Scored[],
): void {
  tallies.both.add(score, changes);
  tallies[which].add(score, changes);
}

function note(
  operators: Map<string, { cases: number; missed: number; falseAlarms: number; severityWrong: number }>,
  name: string,
  score: CaseScore,
  changes: readonly Scored[],
): void {
  const counts = operators.get(name) ?? { cases: 0, missed: 0, falseAlarms: 0, severityWrong: 0 };
  const first = changes[0];
  counts.cases += 1;
  if (first?.found === false) counts.missed += 1;
  if (first?.severityRight === false) counts.severityWrong += 1;
  counts.falseAlarms += score.falseAlarms.length;
  operators.set(name, counts);
}
