import type { Difference } from '../find/difference.ts';
import { addedField } from './added-field.ts';
import { arrayLengthChanged } from './array-length-changed.ts';
import { becameVolatile } from './became-volatile.ts';
import { callsFailed } from './calls-failed.ts';
import { callsMultiplied } from './calls-multiplied.ts';
import { contentTypeChanged } from './content-type-changed.ts';
import { errorsAdded } from './errors-added.ts';
import { formatChanged } from './format-changed.ts';
import { headerAdded } from './header-added.ts';
import { headerChanged } from './header-changed.ts';
import { headerRemoved } from './header-removed.ts';
import { latencyRegressed } from './latency-regressed.ts';
import { leakedField } from './leaked-field.ts';
import { noAnswer } from './no-answer.ts';
import { nullIntroduced } from './null-introduced.ts';
import { orderChanged } from './order-changed.ts';
import { removedField } from './removed-field.ts';
import { renamedField } from './renamed-field.ts';
import type { Rule } from './rule.ts';
import { statusChanged } from './status-changed.ts';
import { typeChanged } from './type-changed.ts';
import { valueChanged } from './value-changed.ts';

/** Every rule, in the order in which they are asked: the first that applies judges. */
export const rules: readonly Rule[] = [
  noAnswer,
  statusChanged,
  contentTypeChanged,
  leakedField,
  headerRemoved,
  headerAdded,
  headerChanged,
  callsMultiplied,
  callsFailed,
  latencyRegressed,
  becameVolatile,
  renamedField,
  removedField,
  errorsAdded,
  addedField,
  nullIntroduced,
  typeChanged,
  formatChanged,
  orderChanged,
  arrayLengthChanged,
  valueChanged,
];

export function ruleFor(difference: Difference): Rule {
  const rule = rules.find(({ applies }) => applies(difference));
  if (rule === undefined) throw new Error(`no rule judges ${difference.kind} at ${difference.place.place}`);
  return rule;
}
