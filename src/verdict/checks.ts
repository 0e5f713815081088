import type { Finding } from '../diff/finding.ts';
import type { Answer } from '../exchange.ts';
import type { ExpectedChange } from './evidence.ts';
import type { Facts, Outcome, PairFacts, Sending, StepFacts } from './facts.ts';
import { type ForkHops, failedOf, showsFailure } from './proof.ts';
import { leastAnswers } from './sent.ts';

/** What can be said of one check. All but `holds`, `fails` and `compared` keep something from being known. */
export type CheckState =
  | 'holds'
  | 'fails'
  | 'compared'
  | 'not-sent'
  | 'not-exercised'
  | 'failure-hidden'
  | 'touched-fork'
  | 'too-few-passes'
  | 'fails-on-baseline'
  | 'not-repeatable';

function touchedFork(facts: Facts, { sent }: Sending): boolean {
  return (facts.hops.get(sent.correlation) ?? []).some(({ destination }) => destination === 'fork');
}

/**
 * A step fails where a sending that reached a fork failed while at least two baseline passes hold. Where baseline
 * passes disagree, the plan is not repeatable, whatever the sandbox said.
 */
export function stepState(facts: Facts, step: StepFacts): CheckState {
  if (step.check.notSent !== null || step.sandbox.length === 0) return 'not-sent';
  if (step.baseline.some((one) => touchedFork(facts, one))) return 'touched-fork';
  const failing = step.sandbox.filter(fails);
  const failingBaseline = step.baseline.filter(fails).length;
  if (failingBaseline > 0 && failingBaseline < step.baseline.length) return 'not-repeatable';
  if (failing.length === 0) {
    if (!step.sandbox.every(reached)) return 'not-exercised';
    return hiddenFailures(facts, step).length > 0 ? 'failure-hidden' : 'holds';
  }
  if (!failing.some(reached)) return 'not-exercised';
  if (step.baseline.length < leastAnswers) return 'too-few-passes';
  return failingBaseline > 0 ? 'fails-on-baseline' : 'fails';
}

/**
 * Two answers a side, every sandbox request served by its forks, no baseline request at one; and a baseline that answers, and
 * answers alike: where it fails, or fails now and then, equal failures of the sandbox say nothing for the change. What
 * breaks all the same is told.
 */
export function pairState(facts: Facts, pair: PairFacts): CheckState {
  if (pair.check.notSent !== null || pair.sandbox.length === 0) return 'not-sent';
  if (pair.baseline.some((one) => touchedFork(facts, one))) return 'touched-fork';
  if (!pair.sandbox.every(reached)) return 'not-exercised';
  if (pair.comparison === null || Math.min(pair.sandbox.length, pair.baseline.length) < leastAnswers) {
    return 'too-few-passes';
  }
  const { findings, blind = [] } = pair.comparison;
  const breaks = findings.some(
    (one) => one.confirmed && one.severity === 'breaking' && !isExpected(facts, one),
  );
  if (breaks) return 'compared';
  if (hiddenFailures(facts, pair).length > 0) return 'failure-hidden';
  const classes = new Set(pair.baseline.map(({ sent }) => answerClass(sent.answer)));
  if (classes.size > 1 || blind.length > 0) return 'not-repeatable';
  return [...classes].every((one) => one === 0 || one === 5) && !isAsserted(facts, pair)
    ? 'fails-on-baseline'
    : 'compared';
}

/** The first digit of the status; 0 where no answer came. */
function answerClass(answer: Answer): number {
  return answer.kind === 'answer' ? Math.floor(answer.status / 100) : 0;
}

/** A step of the same request says which status it wants, and got it: then an error is what was asked for. */
function isAsserted(facts: Facts, { check }: PairFacts): boolean {
  const step = facts.steps.find((one) => one.check.id === check.id);
  return step?.check.expect?.status !== undefined && stepState(facts, step) === 'holds';
}

export function checkState(facts: Facts, check: StepFacts | PairFacts): CheckState {
  return check.kind === 'step' ? stepState(facts, check) : pairState(facts, check);
}

export function comparedPairs(facts: Facts): PairFacts[] {
  return facts.pairs.filter((pair) => pairState(facts, pair) === 'compared');
}

/** Findings of a compared pair that are settled, and that no expected change names. */
export function judgedFindings(facts: Facts, pair: PairFacts): Finding[] {
  return (pair.comparison?.findings ?? []).filter((one) => one.confirmed && !isExpected(facts, one));
}

export function isExpected(facts: Facts, finding: Finding): boolean {
  return facts.evidence.expectedChanges.some(
    (entry) => entry.fingerprint === finding.fingerprint && !isOld(facts, entry),
  );
}

/**
 * Older than the change under trial and written against another baseline, which has taken the change in since. As a
 * fingerprint names no values, it would excuse whatever happens at its place from then on.
 */
export function isOld(
  { evidence }: Facts,
  { addedByChange, base }: Pick<ExpectedChange, 'addedByChange' | 'base'>,
): boolean {
  return !addedByChange && !sameCommit(base, evidence.baseline.commit);
}

/** Either may be abbreviated, to seven characters at least. */
function sameCommit(one: string, other: string): boolean {
  const [short = '', long = ''] = [one.toLowerCase(), other.toLowerCase()].sort(
    (a, b) => a.length - b.length,
  );
  return short.length >= 7 && long.startsWith(short);
}

export function exercised({ proof }: Sending): boolean {
  return proof === 'exercised';
}

/** At a fork, and by no old code. Whether the fork served it is nothing to a failure that the answer shows. */
export function reached({ proof }: Sending): boolean {
  return proof === 'exercised' || proof === 'fork-failed';
}

/**
 * Forks that failed every hop of a request whose answer does not show it, once for each request: a neighbour hid it,
 * and the changed code may never have worked. A service that fails the baseline's requests alike is no news where
 * another fork served the request.
 */
export function hiddenFailures(
  facts: Facts,
  { sandbox, baseline }: { readonly sandbox: readonly Sending[]; readonly baseline: readonly Sending[] },
): ForkHops[] {
  return sandbox.flatMap((one) => {
    if (showsFailure(one.sent.answer)) return [];
    return one.forks.filter(
      ({ service, hops, failed }) =>
        failed === hops && !(exercised(one) && failsAlike(facts, service, baseline)),
    );
  });
}

function failsAlike(facts: Facts, service: string, baseline: readonly Sending[]): boolean {
  const fails = ({ sent }: Sending) => {
    const own = (facts.hops.get(sent.correlation) ?? []).filter((hop) => hop.service === service);
    return own.length > 0 && own.every((hop) => failedOf(hop) === hop.count);
  };
  return baseline.length >= leastAnswers && baseline.every(fails);
}

function fails({ failures }: Outcome): boolean {
  return failures.length > 0;
}
