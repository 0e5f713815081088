import { type Gateway, type GatewayOptions, openGateway } from './gateway.ts';

/** The open gateways of an engine, one for each service and side, opened when first asked for. */
export class Gateways {
  readonly #open = new Map<string, { readonly side: string | null; readonly gateway: Promise<Gateway> }>();

  /** `side`: name of the sandbox, null for the baseline. `options` count only for the first who asks. */
  of(
    service: string,
    side: string | null,
    options: Pick<GatewayOptions, 'key' | 'serviceHost' | 'upstream'>,
  ): Promise<Gateway> {
    const id = JSON.stringify([side, service]);
    const known = this.#open.get(id);
    if (known !== undefined) return known.gateway;
    const gateway = openGateway({ service, sideName: side ?? 'baseline', ...options });
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
