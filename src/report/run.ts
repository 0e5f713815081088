import type { Verdict, VerdictWord } from '../verdict/verdict.ts';

/** What a summary is made from: the view that the host gives of a run. */
export interface ReportedRun {
  readonly run: string;
  readonly sandbox: string | null;
  readonly plan: string | null;
  readonly target: 'sandbox' | 'baseline';
  readonly state: 'running' | 'done';
  readonly doing: string | null;
  readonly verdict: Verdict | null;
  readonly trial:
    | readonly {
        readonly id: string;
        readonly title: string;
        readonly ok: boolean;
        readonly details: readonly string[];
      }[]
    | null;
  readonly sinceLast: ReportedSinceLast | null;
  readonly reportFile: string | null;
  readonly baselineCommit: string;
  readonly revisions: Readonly<Record<string, string>>;
}

export interface ReportedSinceLast {
  readonly run: string;
  readonly verdict: VerdictWord;
  readonly fixed: readonly string[];
  readonly added: readonly string[];
  readonly remaining: number;
}
