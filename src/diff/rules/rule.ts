import type { Difference } from '../find/difference.ts';
import type { AnswerRuleId, Severity } from '../finding.ts';

/** One way to judge a difference. `severity` is the default; `means`, `effect` and the examples make docs/rules.md. */
export interface Rule {
  readonly id: AnswerRuleId;
  readonly severity: Severity;
  readonly means: string;
  /** What a client would feel, one sentence. */
  readonly effect: string;
  /** Answers a side, in words, before a finding is confirmed. */
  readonly rests: string;
  readonly example: RuleExample;
  /** The same change the other way round, and what that is. */
  readonly inverse: {
    readonly before: unknown;
    readonly after: unknown;
    readonly gives: AnswerRuleId | 'nothing';
  };
  readonly applies: (difference: Difference) => boolean;
}

export interface RuleExample {
  readonly before: unknown;
  readonly after: unknown;
  readonly place: string;
}
