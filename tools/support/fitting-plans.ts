import { SeatrialError } from '../../src/errors.ts';
import type { ToolCall } from '../../src/tool/tool.ts';
import type { Services } from './services.ts';

export interface PlanQuestion {
  readonly changed_files?: readonly string[];
  readonly query?: string;
}

type Item = Record<string, unknown>;

export interface FittingPlans {
  readonly text: string;
  readonly data: { plans: Item[]; uncovered: Item[]; broken: Item[]; next: string };
}

export async function fittingPlans(
  _question: PlanQuestion,
  _services: Services,
  _call: ToolCall,
): Promise<FittingPlans> {
  throw new SeatrialError('internal', {
    what: 'Plans are not read yet.',
    next: 'Wait for the next version.',
  });
}
