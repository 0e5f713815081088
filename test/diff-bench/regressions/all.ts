import { lists } from './lists.ts';
import { messages } from './messages.ts';
import { moves } from './moves.ts';
import type { RegressionOperator } from './regression.ts';
import { structure } from './structure.ts';
import { values } from './values.ts';

export const regressionOperators: readonly RegressionOperator[] = [
  ...structure,
  ...moves,
  ...messages,
  ...values,
  ...lists,
];
