import { alarms, columns, percent, row, table } from './report.ts';
import { rivals } from './rivals/all.ts';
import type { Halves, Results } from './run.ts';
import type { Tally } from './score.ts';

export interface Measured {
  readonly seeds: readonly string[];
  readonly heldOut: boolean;
  readonly machine: string;
  readonly seconds: number;
  readonly operators: number;
  readonly noises: number;
  /** Our time over that of json-diff-ts, per round. */
  readonly ratio: { readonly low: number; readonly median: number; readonly high: number };
  readonly pairs: number;
  readonly rounds: number;
  readonly memory: { readonly seconds: number; readonly peakMiB: number; readonly places: readonly string[] };
  readonly identical: boolean;
}

export type Bars = readonly { readonly what: string; readonly is: string; readonly met: boolean }[];

/** docs/evidence/diff-accuracy.md, and which bars are met. */
export function renderAccuracy(
  results: Results,
  measured: Measured,
): { readonly text: string; readonly bars: Bars } {
  const bars = barsOf(results, measured);
  const text = [
    '# How accurate smart diff is',
    '',
    'Written by `npm run bench:diff -- --write`; nobody edits it. The cases are made by `test/diff-bench/` from a seed:',
    `${measured.operators} regressions and ${measured.noises} kinds of noise over answers of 28 kinds, names, depth, sizes and values drawn.`,
    'Each case knows what is wrong with it. A finding counts where its place and its rule are among those that are right for the',
    'change; findings at places that the change touches otherwise count as one finding more; all others are false alarms.',
    '',
    `- Seeds: ${measured.seeds.map((seed) => `\`${seed}\``).join(', ')}${measured.heldOut ? ', which nobody tuned on' : ', which are not the held-out ones'}.`,
    '  They were named before they were played, are played once, and give place to the next three after any change of',
    '  `src/diff/` that follows from what they showed. Before these the first to fourth trials were played and left.',
    '- The halves are made by a hash of the operator’s name, but are no clean split: cases of both were looked at while the',
    '  benchmark was made, and two rounds of fixes went by what other seeds showed of both. What nobody looked at, or tuned on,',
    '  are the cases of the seeds above.',
    `- Machine: ${measured.machine}. The whole took ${measured.seconds.toFixed(0)} s.`,
    '',
    '## Bars',
    '',
    table(
      ['bar', 'is', 'met'],
      bars.map(({ what, is, met }) => [what, is, what.endsWith('(no bar)') ? '–' : met ? 'yes' : '**no**']),
    ),
    '',
    '## By class',
    '',
    'Precision of structure and of value, order, presence is taken over the cases of the class and as many noisy requests with',
    'nothing wrong. Structure: two answers a side, and the findings of rules of structure, confirmed or not. Value, order, presence:',
    'confirmed as live `smart_diff` does it, two answers a side and more while the comparison wants them, up to seven.',
    '',
    'A field dropped where it is optional counts as presence, not as structure, in what is wrong and in what is told alike.',
    'Optional is what the generator of the case, drawn a hundred times more, leaves out at times (for `null-introduced`: fills',
    'with null at times), exactly that place. So `removed-field` and `null-introduced` at such a place are no findings of structure;',
    'they are counted in the rows of presence, with confirmation, those of the cases of structure as well. All other findings of',
    'the two rules stay with structure. “By the rule alone” counts them as structure wherever they are. Rivals name no rules',
    'and are compared over all classes at once, where it makes no difference.',
    '',
    'Intermittent: in its mode, at least six answers a side; a change that comes in one of three answers does not come at',
    'all in 9 of 100 such runs, so what showed at all is counted beside it.',
    '',
    table(columns, [
      ...rows('structure', results.structural),
      ...rows('structure by the rule alone', results.structuralByRule),
      ...rows('value, order, presence', results.value),
      ...rows('intermittent 1/2', results.intermittent['1/2']),
      ...rows('intermittent 1/3', results.intermittent['1/3']),
      row('intermittent 1/2, shown', results.shown['1/2'].both),
      row('intermittent 1/3, shown', results.shown['1/3'].both),
      ...rows('noise alone', results.noise),
    ]),
    '',
    `False alarms by a rule of structure at two answers: ${alarmsByRule(results)}.`,
    'What is gone or null in both answers of one side and in none of the other may be a field that comes and goes: a fair coin',
    'does it once in sixteen, and no rule can tell from two answers. It is told as unconfirmed, asks for more, up to seven, and',
    'no verdict counts it before.',
    '',
    '## By number of answers a side',
    '',
    'All classes, all findings, confirmed or not.',
    '',
    table(
      columns,
      [...results.byAnswers].map(([name, tally]) => row(name, tally)),
    ),
    '',
    `Cases that took so many answers when confirmed: ${results.answersUsed
      .map((count, answers) => `${answers}: ${count}`)
      .filter((one) => one !== '')
      .join(', ')}.`,
    '',
    '## Rivals on the same cases',
    '',
    'Rivals name no rules, and are right where they name a place above or below the right one too. Keys that are ids count as',
    'one place for them.',
    '',
    ...rivals.map(({ name, source }) => `- ${name}: ${source}.`),
    '',
    table(
      ['tool', 'recall', 'precision', 'F1', 'false alarms per 1,000 (95 %)'],
      [
        ['smart diff, confirmed', ...figures(ourTally(results))],
        ...[...results.rivals].map(([name, tally]) => [name, ...figures(tally)]),
      ],
    ),
    '',
    '## Speed and size',
    '',
    `- ${measured.pairs} pairs of bodies, ${measured.rounds} rounds, interleaved: smart diff without parsing takes ${measured.ratio.median.toFixed(2)} times (${measured.ratio.low.toFixed(2)} to ${measured.ratio.high.toFixed(2)}) what a bare \`diff()\` of json-diff-ts takes.`,
    `- Four bodies of 50 MB, no two equal: ${measured.memory.seconds.toFixed(1)} s, at most ${measured.memory.peakMiB.toFixed(0)} MiB in the whole process; found ${measured.memory.places.join(', ')}.`,
    `- The same captures give the same bytes: ${measured.identical ? 'yes' : 'no'}.`,
    '',
    '## What is missed',
    '',
    table(
      ['regression', 'cases', 'missed', 'severity wrong', 'false alarms'],
      [...results.operators]
        .filter(([, counts]) => counts.missed + counts.severityWrong + counts.falseAlarms > 0)
        .map(([name, counts]) =>
          [name, counts.cases, counts.missed, counts.severityWrong, counts.falseAlarms].map(String),
        ),
    ),
    '',
    'Noise in whose cases there was a false alarm:',
    '',
    table(
      ['noise', 'cases', 'with a false alarm'],
      [...results.noises]
        .filter(([, { alarmed }]) => alarmed > 0)
        .map(([name, { cases, alarmed }]) => [name, cases, alarmed].map(String)),
    ),
    '',
  ].join('\n');
  return { text, bars };
}

function rows(name: string, halves: Halves): string[][] {
  return [
    row(name, halves.both),
    row(`${name}, tuned half`, halves.tuned),
    row(`${name}, untuned half`, halves.untuned),
  ];
}

function alarmsByRule({ structuralAlarms }: Results): string {
  const counts = [...structuralAlarms].sort(([, one], [, other]) => other.all - one.all);
  if (counts.length === 0) return 'none';
  return counts
    .map(([rule, { all, optional }]) => `${rule} ${all}, ${optional} of them where it is optional`)
    .join('; ');
}

function figures(tally: Tally): string[] {
  return [percent(tally.recall), percent(tally.precision), percent(tally.f1), alarms(tally)];
}

function ourTally(results: Results): Tally {
  const tally = results.byAnswers.get('2 to 7, confirmed');
  if (tally === undefined) throw new Error('nothing was confirmed');
  return tally;
}

function barsOf(results: Results, measured: Measured): Bars {
  const own = ourTally(results);
  const halves = ['tuned', 'untuned'] as const;
  const least = (
    what: string,
    limit: number,
    of: (half: (typeof halves)[number]) => number,
  ): Bars[number] => {
    const values = halves.map(of);
    return {
      what: `${what} ≥ ${limit}, both halves`,
      is: values.map(percent).join(' and '),
      met: values.every((value) => value >= limit),
    };
  };
  const all = [...results.rivals.values()];
  const severity = (half: (typeof halves)[number]): number => {
    const [one, other] = [results.structural[half], results.value[half]];
    return (one.severe + other.severe) / (one.placed + other.placed);
  };
  return [
    least('structure: recall', 0.99, (half) => results.structural[half].recall),
    least('structure: precision', 0.99, (half) => results.structural[half].precision),
    {
      what: 'structure: precision by the rule alone (no bar)',
      is: halves.map((half) => percent(results.structuralByRule[half].precision)).join(' and '),
      met: true,
    },
    least('value, order, presence: recall', 0.97, (half) => results.value[half].recall),
    least('value, order, presence: precision', 0.98, (half) => results.value[half].precision),
    least('severity right', 0.95, severity),
    {
      what: 'false alarms per 1,000 noisy requests ≤ 1',
      is: alarms(results.noise.both),
      met: results.noise.both.alarms[0] <= 1,
    },
    least('intermittent at 1/3: recall', 0.9, (half) => results.intermittent['1/3'][half].recall),
    {
      what: 'F1 higher than every rival’s',
      is: `${percent(own.f1)}, best rival ${percent(Math.max(...all.map(({ f1 }) => f1)))}`,
      met: all.every(({ f1 }) => f1 < own.f1),
    },
    {
      what: 'no rival as good on precision and recall',
      is: all.some((rival) => rival.precision >= own.precision && rival.recall >= own.recall)
        ? 'one is'
        : 'none is',
      met: !all.some((rival) => rival.precision >= own.precision && rival.recall >= own.recall),
    },
    { what: 'same captures, same bytes', is: measured.identical ? 'yes' : 'no', met: measured.identical },
    {
      what: 'time ≤ 3 × json-diff-ts',
      is: `${measured.ratio.median.toFixed(2)} (better quartile ${measured.ratio.low.toFixed(2)})`,
      met: measured.ratio.median <= 3,
    },
    {
      what: '50 MB within 512 MiB',
      is: `${measured.memory.peakMiB.toFixed(0)} MiB`,
      met: measured.memory.peakMiB <= 512,
    },
  ];
}
