import type { Evidence } from '../../verdict/evidence.ts';
import type { Verdict } from '../../verdict/verdict.ts';
import type { SinceLast } from '../api.ts';

interface ReportInput {
  readonly run: string;
  readonly startedAt: string;
  readonly verdict: Verdict;
  readonly evidence: Evidence;
  readonly sinceLast: SinceLast | null;
  readonly evidenceFile: string;
}

/** For now; `report/` takes its place. */
export function reportMarkdown({ run, startedAt, verdict }: ReportInput): string {
  const lines = verdict.reasons.map(({ code, message, next }) => `- ${code}: ${message} Next: ${next}`);
  return `# ${verdict.verdict}\n\nRun ${run}, started ${startedAt}.\n\n${lines.join('\n')}\n`;
}
