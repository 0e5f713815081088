import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ClusterReceipt } from '../../gateway/channel-api.ts';
import type { Pod } from '../../kube/objects.ts';
import { ports } from '../../sandbox/cluster-names.ts';
import type { Receipt } from '../../sandbox/hop.ts';
import { sumReceipts } from '../../sandbox/receipts.ts';

export interface ReceiptQuestion {
  readonly key: string;
  /** All of the key's where empty. */
  readonly correlations: readonly string[];
  readonly hops: number;
}

const answerWithinMs = 5_000;
/** In one URL: below what Node takes as a head. */
const correlationsAtOnce = 300;

const amount = z.number().int().nonnegative();
const hop = z.object({
  correlation: z.string().nullable(),
  service: z.string(),
  destination: z.enum(['fork', 'baseline', 'refused']),
});
const receipt = z.object({
  complete: z.boolean(),
  incompleteReason: z.string().nullable(),
  epoch: z.string(),
  counts: z.array(
    hop.extend({
      instance: z.string().exactOptional(),
      count: amount,
      failed: amount.exactOptional(),
      open: amount.exactOptional(),
    }),
  ),
  hops: z.array(
    hop.extend({
      status: z.number().nullable(),
      durationMs: z.number(),
      at: z.string(),
      refusal: z.string().nullable(),
      instance: z.string().nullable(),
    }),
  ),
});

/**
 * What all routers of the namespace counted. Whatever keeps one of them from being heard may hide a hop, so that makes
 * it incomplete; and its epoch is that of exactly these routers, so that one that came or went between two receipts
 * shows as well.
 */
export async function clusterReceipt(
  routers: readonly Pod[],
  question: ReceiptQuestion,
  signal: AbortSignal,
): Promise<ClusterReceipt> {
  const asked = routers.filter(counts).sort((a, b) => (uidOf(a) < uidOf(b) ? -1 : 1));
  const parts = await Promise.all(asked.map((pod) => askRouter(pod, question, signal)));
  const epoch = createHash('sha256')
    .update(asked.map((pod, at) => `${uidOf(pod)} ${parts[at]?.epoch}\n`).join(''))
    .digest('hex')
    .slice(0, 32);
  const all = asked.length === 0 ? [missed('No router runs in the namespace.')] : parts;
  return {
    ...sumReceipts(all, epoch, question.hops),
    routers: asked.map(({ metadata }) => metadata.name),
  };
}

/** All but those whose containers have ended: what they counted is gone, which the epoch shows. */
function counts({ status }: Pod): boolean {
  return status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

function uidOf({ metadata }: Pod): string {
  return metadata.uid ?? metadata.name;
}

async function askRouter(pod: Pod, question: ReceiptQuestion, signal: AbortSignal): Promise<Receipt> {
  const { name } = pod.metadata;
  const address = pod.status?.podIP;
  if (address === undefined || address === '') return missed(`Router ${name} is not running yet.`);
  const host = address.includes(':') ? `[${address}]` : address;
  const parts: Receipt[] = [];
  try {
    for (const correlations of batches(question.correlations)) {
      const query = new URLSearchParams({ key: question.key, hops: String(question.hops) });
      for (const correlation of correlations) query.append('correlation', correlation);
      const answer = await fetch(`http://${host}:${ports.routerAgent}/v1/receipts?${query}`, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
        redirect: 'error',
      });
      if (!answer.ok) return missed(`Router ${name} answered ${answer.status}.`);
      parts.push(receipt.parse(await answer.json()));
    }
  } catch {
    signal.throwIfAborted();
    return missed(`Router ${name} does not answer.`);
  }
  const epochs = new Set(parts.map(({ epoch }) => epoch));
  if (epochs.size > 1) return missed(`Router ${name} was started anew while it was asked.`);
  return sumReceipts(parts, parts[0]?.epoch ?? '', question.hops);
}

function batches(correlations: readonly string[]): readonly (readonly string[])[] {
  if (correlations.length === 0) return [[]];
  const all: string[][] = [];
  for (let at = 0; at < correlations.length; at += correlationsAtOnce) {
    all.push(correlations.slice(at, at + correlationsAtOnce));
  }
  return all;
}

function missed(incompleteReason: string): Receipt {
  return { complete: false, incompleteReason, epoch: 'unknown', counts: [], hops: [] };
}
