import type { Comparison } from '../diff/compare.ts';
import { endpointPrint } from '../diff/fingerprint.ts';
import { compareSession } from '../diff/session.ts';
import type { HopCount } from '../sandbox/hop.ts';
import type { Evidence, PairCheck, SentRequest, StepCheck } from './evidence.ts';
import { expectationFailures } from './expect.ts';
import { findingWithPolicy } from './policy.ts';
import { type ForkHops, forkHops, hopsByCorrelation, type Proof, proofOf, showsFailure } from './proof.ts';
import { pairAnswers, sentBySide } from './sent.ts';
import type { RequestFinding } from './verdict.ts';
import { weighed } from './weigh.ts';

/** What the evidence says, worked out once and then only read by the reasons. */
export interface Facts {
  readonly evidence: Evidence;
  readonly hops: ReadonlyMap<string, readonly HopCount[]>;
  /** Services that the sandbox forked when the run began. */
  readonly forked: ReadonlySet<string>;
  /** Forks that the run must exercise: those that its plan covers. */
  readonly covered: readonly string[];
  /** Steps that assert something: with `expect`, and not `proof: none`. */
  readonly steps: readonly StepFacts[];
  readonly pairs: readonly PairFacts[];
  /** Of the services' OpenAPI documents: no request shows them, so none proves them. */
  readonly contracts: readonly RequestFinding[];
  /** Services whose fork served a request of a check that counts. */
  readonly proven: ReadonlySet<string>;
  /** Services whose fork was reached by any request of the run. */
  readonly served: ReadonlySet<string>;
}

export interface StepFacts {
  readonly kind: 'step';
  readonly check: StepCheck;
  readonly sandbox: readonly Outcome[];
  readonly baseline: readonly Outcome[];
}

/** One sending of a step. */
export interface Outcome {
  readonly sent: SentRequest;
  /** Empty where the expectation holds. */
  readonly failures: readonly string[];
  readonly proof: Proof;
  readonly forks: readonly ForkHops[];
}

export interface PairFacts {
  readonly kind: 'pair';
  readonly check: PairCheck;
  readonly sandbox: readonly Sending[];
  readonly baseline: readonly Sending[];
  /** Null where a side has no answers. */
  readonly comparison: Comparison | null;
  /** First part of the fingerprints of its findings. */
  readonly endpoint: string;
}

export interface Sending {
  readonly sent: SentRequest;
  readonly proof: Proof;
  /** Its hops at forks, by service. */
  readonly forks: readonly ForkHops[];
}

export function readFacts(evidence: Evidence): Facts {
  const hops = hopsByCorrelation(evidence.receipts.counts);
  const forks = evidence.forks.before;
  const forked = new Set(forks.map(({ service }) => service));
  const covers = evidence.plan?.covers ?? null;
  const sending = (sent: SentRequest): Sending => ({
    sent,
    proof: proofOf(sent, hops, forks),
    forks: forkHops(hops.get(sent.correlation) ?? [], forks),
  });
  const steps = evidence.checks.flatMap((check): StepFacts[] => {
    if (check.kind !== 'step' || check.proof === 'none' || check.expect === null) return [];
    const { expect } = check;
    const outcome = (sent: SentRequest): Outcome => ({
      ...sending(sent),
      failures: expectationFailures(sent.expect ?? expect, sent.answer),
    });
    const { sandbox, baseline } = sentBySide(evidence.passes, check.id);
    return [{ kind: 'step', check, sandbox: sandbox.map(outcome), baseline: baseline.map(outcome) }];
  });
  const compared = compareSession(pairAnswers(evidence), { intermittent: evidence.intermittent });
  const comparisons = new Map(compared.map((comparison) => [comparison.id, comparison]));
  const pairs = evidence.checks.flatMap((check): PairFacts[] => {
    if (check.kind !== 'pair') return [];
    const sides = sentBySide(evidence.passes, check.id);
    const [sandbox, baseline] = [sides.sandbox.map(sending), sides.baseline.map(sending)];
    const found = comparisons.get(check.id) ?? null;
    const comparison = found && weighed(found, check, evidence.policy);
    return [{ kind: 'pair', check, sandbox, baseline, comparison, endpoint: endpointPrint(check) }];
  });
  const counted = [...steps, ...pairs].flatMap(({ sandbox }) => sandbox);
  const served = ({ sent, forks: reached }: Sending) =>
    reached.filter((one) => one.failed < one.hops || showsFailure(sent.answer)).map(({ fork }) => fork);
  return {
    evidence,
    hops,
    forked,
    covered: evidence.plan === null ? [] : [...forked].filter((service) => covers?.includes(service) ?? true),
    steps,
    pairs,
    contracts: (evidence.contracts ?? []).flatMap(({ service, findings }) =>
      findings.map((finding) => ({ ...findingWithPolicy(finding, service, evidence.policy), service })),
    ),
    proven: new Set(counted.filter(({ proof }) => proof === 'exercised').flatMap(served)),
    served: new Set(
      evidence.passes
        .filter(({ side }) => side === 'sandbox')
        .flatMap(({ sent }) => sent.flatMap((one) => sending(one).forks.map(({ fork }) => fork))),
    ),
  };
}
