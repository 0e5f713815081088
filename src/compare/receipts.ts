import { setTimeout as sleep } from 'node:timers/promises';
import { SeatrialError } from '../errors.ts';
import type { Engine } from '../sandbox/engine.ts';
import type { Receipt } from '../sandbox/hop.ts';
import { baselineSide, type Side } from '../sandbox/sandbox.ts';
import type { PassEvidence, ReceiptsEvidence } from '../verdict/evidence.ts';

/** What the routers counted of a run, both sides together. */
export class RunReceipts {
  readonly #engine: Pick<Engine, 'receipts'>;
  readonly #sides: readonly Side[];
  readonly #epochs: readonly string[];

  private constructor(engine: Pick<Engine, 'receipts'>, sides: readonly Side[], epochs: readonly string[]) {
    this.#engine = engine;
    this.#sides = sides;
    this.#epochs = epochs;
  }

  /** Before the first request: a router that restarts after this is noticed. */
  static async begin(
    engine: Pick<Engine, 'receipts'>,
    sandbox: string,
    signal: AbortSignal,
  ): Promise<RunReceipts> {
    const sides: Side[] = [baselineSide, { kind: 'sandbox', name: sandbox }];
    const first = await Promise.all(sides.map((side) => engine.receipts({ side, correlations: [] }, signal)));
    return new RunReceipts(
      engine,
      sides,
      first.map(({ epoch }) => epoch),
    );
  }

  /**
   * The counts of all that was sent, once they stand still, cover every answer and have no hop that waits for one, but
   * at most `settleMs` later: calls that a service makes after it answered are still on their way. Every correlation is asked for on both sides, so
   * that a request that changed sides is seen.
   */
  async settled(
    passes: readonly PassEvidence[],
    signal: AbortSignal,
    settleMs = 2_000,
  ): Promise<ReceiptsEvidence> {
    const sent = passes.flatMap((pass) => pass.sent);
    const correlations = sent.map(({ correlation }) => correlation);
    const answered = sent.filter(({ answer }) => answer.kind === 'answer');
    const giveUpAt = performance.now() + settleMs;
    let before = '';
    for (;;) {
      const receipts = await this.#fetch(correlations, signal);
      if (receipts instanceof SeatrialError) {
        return { complete: false, incompleteReason: receipts.text.what, counts: [] };
      }
      const counts = receipts.flatMap((receipt) => receipt.counts);
      const seen = new Set(counts.map(({ correlation }) => correlation));
      const covered = answered.every(({ correlation }) => seen.has(correlation));
      const open = counts.some((count) => (count.open ?? 0) > 0);
      const now = JSON.stringify(counts);
      const incompleteReason = this.#incomplete(receipts);
      // What was lost does not come back: no use in waiting.
      if (
        incompleteReason !== null ||
        (covered && !open && now === before) ||
        performance.now() >= giveUpAt
      ) {
        return { complete: incompleteReason === null, incompleteReason, counts };
      }
      before = now;
      await sleep(20, undefined, { signal });
    }
  }

  async #fetch(correlations: readonly string[], signal: AbortSignal): Promise<Receipt[] | SeatrialError> {
    try {
      return await Promise.all(
        this.#sides.map((side) => this.#engine.receipts({ side, correlations }, signal)),
      );
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SeatrialError) return error;
      throw error;
    }
  }

  #incomplete(receipts: readonly Receipt[]): string | null {
    if (receipts.some(({ epoch }, i) => epoch !== this.#epochs[i])) {
      return 'a router began anew during the run, or the way to it broke: what was lost there is not known';
    }
    const lacking = receipts.find(({ complete }) => !complete);
    return lacking === undefined ? null : (lacking.incompleteReason ?? 'hops may be missing');
  }
}
