import type { Evidence, SentRequest } from '../verdict/evidence.ts';
import { code } from './escape.ts';

const mostRows = 1000;

/** Request by request: who answered. Lines of a Markdown table. */
export function receiptTable(evidence: Evidence): string[] {
  const hops = hopsByCorrelation(evidence);
  const rows = evidence.passes.flatMap(({ number, side, sent }) =>
    sent.map(
      (request) =>
        `| ${code(request.id, 80)} | ${code(request.correlation, 20)} | ${number} ${side} | ${code(request.service, 80)} | ${answerText(request)} | ${hops.get(request.correlation) ?? '**none**'} |`,
    ),
  );
  if (rows.length === 0) return ['No request was sent.'];
  const more =
    rows.length > mostRows ? ['', `… and ${rows.length - mostRows} more rows, in the evidence.`] : [];
  return [
    '| request | correlation | pass | sent to | answer | hops |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.slice(0, mostRows),
    ...more,
  ];
}

function hopsByCorrelation(evidence: Evidence): Map<string, string> {
  const hops = new Map<string, string>();
  const counts = evidence.receipts.counts.toSorted((a, b) =>
    a.service === b.service ? 0 : a.service < b.service ? -1 : 1,
  );
  for (const { correlation, service, destination, count, failed = 0, open = 0 } of counts) {
    if (correlation === null) continue;
    const times = count === 1 ? '' : ` × ${count}`;
    const bad = [failed > 0 ? `${failed} failed` : '', open > 0 ? `${open} without answer` : ''].filter(
      Boolean,
    );
    const how = bad.length === 0 ? '' : ` (${bad.join(', ')})`;
    const hop = `${code(service, 80)} ${destination === 'fork' ? '**fork**' : destination}${times}${how}`;
    const before = hops.get(correlation);
    hops.set(correlation, before === undefined ? hop : `${before}, ${hop}`);
  }
  return hops;
}

function answerText({ answer }: SentRequest): string {
  return answer.kind === 'answer' ? String(answer.status) : answer.reason;
}
