import type { Receipt, ReceiptQuery } from '../sandbox/hop.ts';
import type { Channel } from './channel.ts';

/** No request of ours has it: asks for the epoch alone, as no correlation at all would ask for everything. */
const nobody = '00000000';

/**
 * What the routers counted of one key. Where the way to them broke, an answer may have been lost on it and not by the
 * service, which the routers cannot know: the epoch is another one, so that no run rests on receipts of before and after.
 */
export async function readReceipts(
  channel: Pick<Channel, 'receipts' | 'breaks'>,
  key: string,
  { correlations, hops = 0 }: Omit<ReceiptQuery, 'side'>,
  signal: AbortSignal,
): Promise<Receipt> {
  const asked = correlations === undefined ? null : [...new Set(correlations)];
  const query = asked === null ? {} : { correlations: asked.length === 0 ? [nobody] : asked };
  const receipt = await channel.receipts({ key, ...query, hops }, signal);
  const { complete, incompleteReason, epoch } = receipt;
  const wanted = asked === null ? null : new Set(asked);
  const ours = ({ correlation }: { readonly correlation: string | null }) =>
    wanted === null || (correlation !== null && wanted.has(correlation));
  return {
    complete,
    incompleteReason,
    epoch: channel.breaks() === 0 ? epoch : `${epoch}.${channel.breaks()}`,
    counts: receipt.counts.filter(ours),
    hops: receipt.hops.filter(ours),
  };
}
