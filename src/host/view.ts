import { renderError, SeatrialError } from '../errors.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { SandboxView } from './api.ts';
import type { EngineEntry } from './engines.ts';

/** A sandbox as the tools show it: with the URLs of its gateways, once it is ready. */
export async function viewSandbox(
  entry: EngineEntry,
  sandbox: Sandbox,
  more: { readonly unmapped: readonly string[]; readonly warnings: readonly string[] },
  signal: AbortSignal,
): Promise<SandboxView> {
  const urls: Record<string, string> = {};
  const warnings = [...more.warnings];
  let headers: Record<string, string> = {};
  if (sandbox.state === 'ready' || sandbox.state === 'expiring') {
    for (const name of await namesOf(entry, warnings, signal)) {
      const endpoint = await endpointOf(entry, name, sandbox.name, signal);
      if (endpoint === null) continue;
      urls[name] = endpoint.origin;
      headers = Object.fromEntries(endpoint.headers);
    }
  }
  // What the baseline runs may have been told after the sandbox changed last.
  const { baseline } = entry.engine;
  return { sandbox: { ...sandbox, baseline }, urls, headers, unmapped: more.unmapped, warnings };
}

/** Without a way into the cluster a sandbox can be seen all the same. */
async function namesOf(entry: EngineEntry, warnings: string[], signal: AbortSignal): Promise<string[]> {
  try {
    return (await entry.engine.services(signal)).map(({ name }) => name);
  } catch (error) {
    if (!(error instanceof SeatrialError) || error.code !== 'gateway-unreachable') throw error;
    warnings.push(renderError(error.data));
    return [];
  }
}

/** Null where the service takes no requests through a gateway, or just stopped to. */
async function endpointOf(entry: EngineEntry, service: string, sandbox: string, signal: AbortSignal) {
  try {
    return await entry.engine.endpoint(service, { kind: 'sandbox', name: sandbox }, signal);
  } catch (error) {
    if (error instanceof SeatrialError) return null;
    throw error;
  }
}
