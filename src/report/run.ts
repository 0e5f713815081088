import type { Verdict, VerdictWord } from '../verdict/verdict.ts';

/** A run as the host gives it and a summary shows it. */
export interface ReportedRun {
  readonly run: string;
  readonly sandbox: string | null;
  readonly plan: string | null;
  readonly target: 'sandbox' | 'baseline';
  readonly state: 'running' | 'done';
  /** What it does now, while it runs. */
  readonly doing: string | null;
  /** Null while it runs, and where the plan was tried on the baseline alone. */
  readonly verdict: Verdict | null;
  /** For `target: baseline`: the steps and how they went. No verdict. */
  readonly trial:
    | readonly {
        readonly id: string;
        readonly title: string;
        readonly ok: boolean;
        readonly details: readonly string[];
      }[]
    | null;
  readonly sinceLast: ReportedSinceLast | null;
  /** Absolute path of the report (Markdown). */
  readonly reportFile: string | null;
  readonly baselineCommit: string;
  /** By service: the tree, or the image's revision, that its fork was made from. */
  readonly revisions: Readonly<Record<string, string>>;
}

/** What changed since the last run of the same plan by the same owner. */
export interface ReportedSinceLast {
  readonly run: string;
  readonly verdict: VerdictWord;
  readonly fixed: readonly string[];
  readonly added: readonly string[];
  readonly remaining: number;
}
