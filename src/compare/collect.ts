import type { Engine } from '../sandbox/engine.ts';
import type {
  CheckEvidence,
  Evidence,
  PairCheck,
  PassEvidence,
  ReceiptsEvidence,
  StepCheck,
} from '../verdict/evidence.ts';
import { failedSteps, openAnswers } from './decide.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { RunReceipts } from './receipts.ts';
import { createRedactor } from './redact.ts';
import { Sender } from './sender.ts';
import type { Session } from './template.ts';

export interface CollectOptions {
  readonly engine: Engine;
  readonly sandbox: string;
  readonly session: Session;
  readonly steps: readonly StepCheck[];
  readonly pairs: readonly PairCheck[];
  readonly intermittent: boolean;
  /** Least passes a side where pairs are compared; null: as many as the comparison asks for. */
  readonly repeats?: number | null;
  /** Unique values come from it and the pass: other runs should have another. */
  readonly seed: string;
  readonly limits?: Partial<Limits>;
  readonly signal: AbortSignal;
  readonly progress?: (message: string) => void;
}

/** What a run saw of both sides, secrets redacted: the greater part of its evidence. */
export interface Collected {
  readonly passes: readonly PassEvidence[];
  readonly receipts: ReceiptsEvidence;
  readonly unsent: Evidence['unsent'];
  readonly checks: readonly CheckEvidence[];
}

/** Sandbox passes that show what comes only sometimes. */
const intermittentPasses = 6;

/**
 * Sends the session: baseline, sandbox, sandbox, baseline where pairs are compared, then more of both while the
 * comparison is open; the sandbox alone where only steps assert, then the baseline twice up to a step that failed.
 * Rejects on abort, and with a SeatrialError where the baseline cannot be reached at all.
 */
export async function collect(options: CollectOptions): Promise<Collected> {
  const { engine, pairs, steps, session, intermittent, signal, progress = () => {} } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const redactor = createRedactor(session.secrets);
  const checks = [...steps, ...pairs];
  const receipts = await RunReceipts.begin(engine, options.sandbox, signal);
  const sender = new Sender({ ...options, limits, redactor });
  const least = Math.max(
    pairs.length === 0 ? 0 : 2,
    options.repeats ?? 0,
    pairs.length > 0 && intermittent ? intermittentPasses : 0,
  );

  const round = async (sides: readonly PassEvidence['side'][]) => {
    for (const side of sides) {
      if (sender.stopped) return;
      progress(`Pass ${sender.passes.length + 1}: ${side}`);
      await sender.send(side, null);
    }
  };
  await round(pairs.length === 0 ? ['sandbox'] : ['baseline', 'sandbox', 'sandbox', 'baseline']);
  for (let sent = 2; pairs.length > 0 && sent < limits.passes && !sender.stopped; sent++) {
    const seen = { checks, passes: sender.passes, receipts: await receipts.settled(sender.passes, signal) };
    if (sent >= least && openAnswers(seen, intermittent) === 0) break;
    await round(sent % 2 === 0 ? ['sandbox', 'baseline'] : ['baseline', 'sandbox']);
  }
  for (let more = 0; more < 2 && !sender.stopped; more++) {
    const failed = failedSteps(steps, sender.passes);
    const last = session.requests.findLast(({ id }) => failed.includes(id));
    if (last === undefined) break;
    progress(`Pass ${sender.passes.length + 1}: baseline, up to ${last.id}, which failed`);
    await sender.send('baseline', last.id);
  }
  return {
    passes: sender.passes,
    receipts: await receipts.settled(sender.passes, signal),
    unsent: sender.unsent,
    checks: checks.map((check): CheckEvidence => {
      const notSent = check.notSent ?? sender.notSent(check.id, check.kind === 'pair');
      return check.kind === 'step'
        ? { ...check, expect: redactor.value(check.expect), notSent }
        : { ...check, notSent };
    }),
  };
}
