import { SeatrialError } from '../errors.ts';
import { adoptFor } from './adopt.ts';
import type { HostApi } from './api.ts';
import type { HostContext } from './context.ts';
import type { HostCall } from './server.ts';

/** The last lines of a fork, or of the baseline's process where no sandbox is named. Untrusted text. */
export async function readLogs(
  host: HostContext,
  args: Parameters<HostApi['logs']>[0],
  call: HostCall,
): Promise<{ readonly lines: readonly string[] }> {
  const owner = await host.trees.owner(args.workingTree, call);
  await adoptFor(host, args.workingTree, call);
  const held =
    args.sandbox === null ? host.sandboxes.mine(owner).at(-1) : host.sandboxes.require(args.sandbox, owner);
  if (held === undefined) {
    throw new SeatrialError('unknown-sandbox', {
      what: 'You have no sandbox here, so no baseline runs whose log could be read.',
      next: 'Call provision_sandbox first.',
    });
  }
  const name = args.sandbox === null ? null : held.name;
  return { lines: await held.entry.engine.logs(name, args.service, args.tail, call.signal) };
}
