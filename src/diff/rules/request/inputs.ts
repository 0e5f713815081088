import type { Input, Operation } from '../../contract/request/operation.ts';

/** The inputs that both take, in the order of the earlier one. */
export function commonInputs(
  before: Operation,
  after: Operation | null,
): { readonly was: Input; readonly is: Input }[] {
  if (after === null) return [];
  return [...before.inputs].flatMap(([key, was]) => {
    const is = after.inputs.get(key);
    return is === undefined ? [] : [{ was, is }];
  });
}

/** Inputs that only the one takes, and whose parent both do: what is below a new or a missing one says nothing more. */
export function ownInputs(one: Operation, other: Operation): Input[] {
  return [...one.inputs].flatMap(([key, input]) => {
    if (other.inputs.has(key)) return [];
    const root = input.parent === null && !input.text;
    return root || (input.parent !== null && !other.inputs.has(input.parent)) ? [] : [input];
  });
}
