import type { Finding } from '../diff/finding.ts';
import { changedServices } from './changed.ts';
import { comparedPairs, exercised, isExpected } from './checks.ts';
import type { Evidence } from './evidence.ts';
import { expectedState } from './expected.ts';
import { type Facts, readFacts } from './facts.ts';
import { policyWarnings } from './policy.ts';
import { failedOf, forkOf, showsFailure } from './proof.ts';
import { type ReasonCode, reasonKinds } from './reason-kinds.ts';
import { reasons } from './reasons.ts';
import { checkResults } from './results.ts';
import type { ProofSummary, Reason, RequestFinding, Verdict, VerdictWord } from './verdict.ts';

/**
 * The verdict of recorded evidence, in the order of design.md, section 2. The only producer of `passed`. Pure: the
 * same evidence gives the same verdict.
 */
export function judge(evidence: Evidence): Verdict {
  const facts = readFacts(evidence);
  const { word, found } = decide(facts);
  const pairs = comparedPairs(facts);
  const findings = [
    ...pairs.flatMap((pair) => ofRequest(pair.check, pair.comparison?.findings ?? [])),
    ...facts.contracts,
  ];
  const expected = findings.filter((one) => one.confirmed && isExpected(facts, one));
  return {
    verdict: word,
    reasons: found,
    next:
      found[0]?.next ??
      'Nothing is left to do for this plan; tear the sandbox down when all plans that fit have passed.',
    checks: checkResults(facts),
    findings: findings.filter((one) => !expected.includes(one)),
    unconfirmed: pairs.flatMap((pair) => ofRequest(pair.check, pair.comparison?.unconfirmed ?? [])),
    expected: ownFirst(evidence, expected),
    warnings: warnings(facts),
    volatile: pairs.flatMap(({ check, comparison }) =>
      (comparison?.volatile ?? []).map((place) => ({ ...place, request: check.id })),
    ),
    unproven: {
      forks: [...facts.forked].filter((service) => !facts.proven.has(service)),
      services: changedServices(evidence).filter((service) => !facts.proven.has(service)),
    },
    proof: summary(facts),
  };
}

function decide(facts: Facts): { readonly word: VerdictWord; readonly found: Reason[] } {
  const phases = [
    { phase: 'doubt', word: 'inconclusive' },
    { phase: 'failure', word: 'failed' },
    { phase: 'gap', word: 'inconclusive' },
  ] as const;
  for (const { phase, word } of phases) {
    const codes = (Object.keys(reasonKinds) as ReasonCode[]).filter(
      (code) => reasonKinds[code].phase === phase,
    );
    const found = codes.flatMap((code) => reasons[code](facts));
    if (found.length > 0) return { word, found };
  }
  return { word: 'passed', found: [] };
}

function ofRequest(
  { id, service }: { readonly id: string; readonly service: string },
  findings: readonly Finding[],
): RequestFinding[] {
  return findings.map((finding) => ({ ...finding, request: id, service }));
}

/** Findings of entries that the change under trial added itself come first. */
function ownFirst({ expectedChanges }: Evidence, findings: readonly RequestFinding[]): RequestFinding[] {
  const own = new Set(
    expectedChanges.filter(({ addedByChange }) => addedByChange).map(({ fingerprint }) => fingerprint),
  );
  return [
    ...findings.filter(({ fingerprint }) => own.has(fingerprint)),
    ...findings.filter(({ fingerprint }) => !own.has(fingerprint)),
  ];
}

function warnings(facts: Facts): string[] {
  const { evidence } = facts;
  const { commit, assumed, from } = evidence.baseline;
  const landed = evidence.expectedChanges
    .filter((entry) => expectedState(facts, entry) === 'landed')
    .map(
      ({ fingerprint, expected }) =>
        `The expected change ${fingerprint} has landed in the baseline: ${expected}. Take its entry out of seatrial.expected.yaml.`,
    );
  const unsent = evidence.checks
    .filter((check) => check.kind === 'step' && check.notSent !== null)
    .filter((check) => check.kind === 'step' && (check.proof === 'none' || check.expect === null))
    .map(({ id, notSent }) => `Step ${id} was not sent: ${notSent}.`);
  const hidden = evidence.change.files.filter((file) => file.ignoredByChange === true);
  const refs = evidence.forks.before.flatMap(({ service, revision }) =>
    revision.kind === 'tree' && revision.ref !== null
      ? [`The fork of ${service} was made from ${revision.ref}: this says nothing about the working tree.`]
      : [],
  );
  const found = comparedPairs(facts).flatMap(({ check: { service }, comparison }) =>
    (comparison?.findings ?? []).map((finding) => ({ service, finding })),
  );
  const ofDocuments = facts.contracts.map((finding) => ({ service: finding.service, finding }));
  return [
    ...policyWarnings(evidence.policy, [...found, ...ofDocuments]),
    ...(evidence.documentProblems ?? []),
    ...(hidden.length === 0
      ? []
      : [
          `The change itself brought the rules of seatrial.yaml by which ${some(hidden.map(({ path }) => path))} needs no check.`,
        ]),
    ...refs,
    ...(assumed
      ? [
          `That the baseline runs ${commit.slice(0, 12)} (${from}) is assumed; findings may come from other commits.`,
        ]
      : []),
    ...landed,
    ...retried(facts),
    ...comparedPairs(facts).flatMap(({ check, comparison }) =>
      (comparison?.notes ?? []).map((note) => `${check.id}: ${note}`),
    ),
    ...unsent,
  ];
}

/** A fork that failed a part of what a request asked of it, as where a neighbour asks again. */
function retried({ steps, pairs }: Facts): string[] {
  const found = [...steps, ...pairs].flatMap(({ check, sandbox }) =>
    sandbox.flatMap(({ sent, forks }) =>
      showsFailure(sent.answer)
        ? []
        : forks
            .filter(({ hops, failed }) => failed > 0 && failed < hops)
            .map(
              ({ service, hops, failed }) =>
                `The fork of ${service} failed ${failed} of ${hops} hops of ${check.id}, and served the rest.`,
            ),
    ),
  );
  return [...new Set(found)];
}

function summary({ evidence, steps, pairs, hops, forked }: Facts): ProofSummary {
  // One request may be asserted and compared: it counts once.
  const counted = new Map(
    [...steps, ...pairs].flatMap((one) => one.sandbox).map((one) => [one.sent.correlation, one]),
  );
  const sent = evidence.passes.filter(({ side }) => side === 'sandbox').flatMap((pass) => pass.sent);
  return {
    required: counted.size,
    exercised: [...counted.values()].filter(exercised).length,
    forks: [...forked].map((service) => {
      const at = sent.map(({ correlation }) =>
        (hops.get(correlation) ?? []).filter(
          (hop) => hop.destination === 'fork' && forkOf(hop, evidence.forks.before) === service,
        ),
      );
      return {
        service,
        hops: at.flat().reduce((sum, { count }) => sum + count, 0),
        requests: at.filter((own) => own.length > 0).length,
        failed: at.flat().reduce((sum, hop) => sum + failedOf(hop), 0),
      };
    }),
  };
}

function some(paths: readonly string[]): string {
  const more = paths.length - 5;
  return `${paths.slice(0, 5).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
