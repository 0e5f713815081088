import {
  type CheckState,
  exercised,
  hiddenFailures,
  judgedFindings,
  pairState,
  stepState,
} from './checks.ts';
import type { Facts, PairFacts, StepFacts } from './facts.ts';
import { sentBySide } from './sent.ts';
import type { CheckResult } from './verdict.ts';

/** One line a check, in the order of the evidence; steps that assert nothing are `passed` as soon as they were sent. */
export function checkResults(facts: Facts): CheckResult[] {
  const asserting = new Map(facts.steps.map((step) => [step.check, step]));
  const compared = new Map(facts.pairs.map((pair) => [pair.check, pair]));
  return facts.evidence.checks.map((check): CheckResult => {
    const sides = sentBySide(facts.evidence.passes, check.id);
    const one = check.kind === 'pair' ? compared.get(check) : asserting.get(check);
    const base = {
      id: check.id,
      kind: check.kind,
      title: check.title,
      answers: { baseline: sides.baseline.length, sandbox: sides.sandbox.length },
    };
    if (one === undefined) {
      const notSent = check.notSent ?? (sides.sandbox.length === 0 ? 'the run ended before its turn' : null);
      return {
        ...base,
        outcome: notSent === null ? 'passed' : 'not-sent',
        exercised: null,
        details: notSent === null ? [] : [notSent],
      };
    }
    const state = one.kind === 'step' ? stepState(facts, one) : pairState(facts, one);
    return {
      ...base,
      outcome: outcome(facts, one, state),
      exercised: one.sandbox.length > 0 && one.sandbox.every(exercised),
      details: details(facts, one, state),
    };
  });
}

function outcome(facts: Facts, one: StepFacts | PairFacts, state: CheckState): CheckResult['outcome'] {
  switch (state) {
    case 'holds':
      return 'passed';
    case 'fails':
      return 'failed';
    case 'compared':
      return one.kind === 'pair' && differs(facts, one) ? 'differs' : 'passed';
    case 'not-sent':
    case 'fails-on-baseline':
    case 'not-repeatable':
      return state;
    case 'not-exercised':
    case 'failure-hidden':
    case 'touched-fork':
    case 'too-few-passes':
      return 'unproven';
  }
}

function differs(facts: Facts, pair: PairFacts): boolean {
  return judgedFindings(facts, pair).some(({ severity }) => severity !== 'harmless');
}

function details(facts: Facts, one: StepFacts | PairFacts, state: CheckState): string[] {
  if (state === 'not-sent') return [one.check.notSent ?? 'the run ended before its turn'];
  if (state === 'failure-hidden') {
    const services = [...new Set(hiddenFailures(facts, one).map(({ service }) => service))];
    return services.map((service) => `${service} failed, and the answer does not show it`);
  }
  if (one.kind === 'step') return [...new Set(one.sandbox.flatMap(({ failures }) => failures))];
  if (state === 'compared') {
    return judgedFindings(facts, one).map(({ rule, place, severity }) => `${severity}: ${rule} at ${place}`);
  }
  const seen = one.comparison?.findings.length ?? 0;
  return seen === 0 ? [] : [`${seen} differences were seen and not judged, as the request is not proven`];
}
