import type { Engine } from '../sandbox/engine.ts';
import type { StepCheck } from '../verdict/evidence.ts';
import { expectationFailures } from '../verdict/expect.ts';
import { sentBySide } from '../verdict/sent.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { createRedactor } from './redact.ts';
import { Sender } from './sender.ts';
import type { Session } from './template.ts';

export interface TrialStep {
  readonly id: string;
  readonly title: string;
  /** True where it was sent and what it expects holds. */
  readonly ok: boolean;
  readonly details: readonly string[];
}

/** Sends the session twice to the baseline alone: how a plan is tried. Every request is listed; gives no verdict. */
export async function tryOnBaseline(options: {
  readonly engine: Pick<Engine, 'endpoint'>;
  readonly session: Session;
  readonly steps: readonly StepCheck[];
  readonly seed?: string;
  readonly limits?: Partial<Limits>;
  readonly signal: AbortSignal;
  readonly progress?: (message: string) => void;
}): Promise<TrialStep[]> {
  const limits = { ...defaultLimits, ...options.limits };
  const redactor = createRedactor(options.session.secrets);
  const { seed = new Date().toISOString(), progress = () => {} } = options;
  const sender = new Sender({ ...options, seed, limits, redactor, sandbox: '' });
  for (const number of [1, 2]) {
    if (sender.stopped) break;
    progress(`Pass ${number}: baseline`);
    await sender.send('baseline', null);
  }
  return options.session.requests.map(({ id, title }): TrialStep => {
    const sent = sentBySide(sender.passes, id).baseline;
    const expect = redactor.value(options.steps.find((step) => step.id === id)?.expect ?? null);
    const failures = sent.map((one) => {
      if (expect !== null) return expectationFailures(one.expect ?? expect, one.answer);
      return one.answer.kind === 'answer' ? [] : [`no answer came: ${one.answer.message}`];
    });
    const notSent = sender.notSent(id, true);
    const details = [
      ...new Set(failures.flat()),
      ...(notSent === null ? [] : [`not sent: ${notSent}`]),
      ...(sent.length === 0 && notSent === null ? sender.unsent.map(({ message }) => message) : []),
    ];
    const uneven = failures.some((one) => one.length > 0) && failures.some((one) => one.length === 0);
    return {
      id,
      title,
      ok: sent.length > 0 && details.length === 0,
      details: uneven
        ? [...details, 'one pass holds and another fails: the plan is not repeatable']
        : details,
    };
  });
}
