import type { RunView } from '../../src/host/api.ts';
import { nextCall, summaryText } from '../../src/report/summary.ts';
import { summaryData } from '../../src/report/summary-data.ts';

const mostVolatile = 10;

/** A run as results show it: bounded; the rest is in the report. */
export function runResult(view: RunView, next: string) {
  const summary = summaryData(view);
  return {
    text: summaryText(view),
    data: {
      ...summary,
      reasons: summary.reasons.map((reason) => ({ ...reason })),
      steps: summary.steps.map((step) => ({ ...step })),
      findings: summary.findings.map((finding) => ({ ...finding })),
      report:
        view.reportFile === null
          ? null
          : { uri: `seatrial://runs/${view.run}/report`, file: view.reportFile },
      next: view.verdict === null ? next : `${next} Then call: ${nextCall(view, view.verdict)}`,
    },
  };
}

export function volatileData(view: RunView) {
  return (view.verdict?.volatile ?? []).slice(0, mostVolatile).map((place) => ({ ...place }));
}
