import { SeatrialError } from '../errors.ts';
import { abortable } from '../util/abortable.ts';
import { adoptFor } from './adopt.ts';
import type { TeardownArgs, TeardownView } from './api.ts';
import type { HostContext } from './context.ts';
import type { Held } from './sandboxes.ts';
import type { HostCall } from './server.ts';

/** Removes mine: one, or all. Tearing down what is gone already is no error. */
export async function teardown(host: HostContext, args: TeardownArgs, call: HostCall): Promise<TeardownView> {
  const owner = await host.trees.owner(args.workingTree, call);
  await adoptFor(host, args.workingTree, call);
  if ((args.sandbox === undefined) === (args.all !== true)) {
    throw new SeatrialError('invalid-argument', {
      what: 'Give either `sandbox` or `all: true`.',
      next: `Yours: ${
        host.sandboxes
          .mine(owner)
          .map(({ name }) => name)
          .join(', ') || 'none'
      }.`,
    });
  }
  const which = args.sandbox === undefined ? host.sandboxes.mine(owner) : one(host, args.sandbox, owner);
  const removals = await Promise.all(
    which.map(async (held) => {
      call.progress({ message: `Tearing down ${held.name}`, done: 0, total: which.length });
      // The work goes on when the client leaves: half a teardown helps nobody.
      const work = held.entry.engine.teardown(held.name, new AbortController().signal);
      return await abortable(work, call.signal);
    }),
  );
  return {
    sandboxes: which.map(({ name }) => name),
    removed: removals.flatMap(({ removed }) => removed),
    left: removals.flatMap(({ left }) => left),
  };
}

function one(host: HostContext, name: string, owner: Held['owner']): readonly Held[] {
  try {
    return [host.sandboxes.require(name, owner)];
  } catch (error) {
    if (error instanceof SeatrialError && error.code === 'sandbox-gone') return [];
    throw error;
  }
}
