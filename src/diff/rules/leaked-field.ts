import type { Rule } from './rule.ts';
import { isLeak } from './secret.ts';

export const leakedField: Rule = {
  id: 'leaked-field',
  severity: 'breaking',
  means:
    'Something new is named or valued like a secret or an internal detail: a password, a hash, a token, a stack trace.',
  effect: 'Anyone who can call this reads what should have stayed inside.',
  rests: 'two answers a side; seven where only the name tells',
  example: { before: { id: 7 }, after: { id: 7, password_hash: '$2b$10$…' }, place: '$.password_hash' },
  inverse: { before: { id: 7, password_hash: '$2b$10$…' }, after: { id: 7 }, gives: 'removed-field' },
  applies: isLeak,
};
