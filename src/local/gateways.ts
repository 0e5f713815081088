import { type Gateway, openGateway } from '../gateway/gateway.ts';
import { baselineKey } from '../routing/key.ts';
import type { Address } from '../routing/table.ts';
import { sandboxNotReady } from '../sandbox/errors.ts';
import type { LocalSandbox } from './local-sandbox.ts';

/** The open gateways of an engine, one for each service and side, opened when first asked for. */
export class Gateways {
  readonly #open = new Map<string, { readonly side: string | null; readonly gateway: Promise<Gateway> }>();

  /** `sandbox`: null for the baseline. `router`: where the service's router listens. */
  of(service: string, sandbox: LocalSandbox | null, router: Address): Promise<Gateway> {
    const side = sandbox?.spec.name ?? null;
    const id = JSON.stringify([side, service]);
    const known = this.#open.get(id);
    if (known !== undefined) return known.gateway;
    const gateway = openGateway({
      service,
      sideName: side ?? 'baseline',
      key: sandbox?.key ?? baselineKey,
      serviceHost: service,
      upstream: () => {
        if (sandbox !== null && !sandbox.serving) throw sandboxNotReady(sandbox.view());
        return router;
      },
    });
    this.#open.set(id, { side, gateway });
    gateway.catch(() => this.#open.delete(id));
    return gateway;
  }

  /** Closes those of a sandbox, or all; says which. */
  async close(name: string | 'all'): Promise<string[]> {
    const closing = [...this.#open].filter(([, { side }]) => name === 'all' || side === name);
    for (const [id] of closing) this.#open.delete(id);
    const closed = closing.map(async ([, { gateway }]) => {
      const { origin, close } = await gateway;
      await close();
      return `gateway ${origin}`;
    });
    const results = await Promise.allSettled(closed);
    return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  }
}
