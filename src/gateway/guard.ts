import type { RequestHead } from '../routing/head.ts';
import type { OwnAnswer } from '../routing/plan.ts';

/** What a gateway answers to, beside `127.0.0.1` and `localhost`. */
export interface GatewayName {
  readonly service: string;
  /** The sandbox's name, or `baseline`. */
  readonly sideName: string;
  readonly port: number;
}

/**
 * Null where the request may pass. Loopback alone keeps no browser out: a page of anybody can send requests there, and
 * a name that resolves to 127.0.0.1 makes them same-origin (DNS rebinding). So the name that was asked for is checked,
 * and so is the page that asks.
 */
export function refusalOf(head: RequestHead, name: GatewayName): OwnAnswer | null {
  if (!head.target.startsWith('/') && head.target !== '*') {
    return answer(400, 'This is a gateway to one service and no proxy: send the path alone.');
  }
  if (head.host === null || !hostsOf(name).includes(head.host.toLowerCase())) {
    return answer(
      421,
      `This gateway answers for ${hostsOf(name).join(', ')} only. Send the request to http://127.0.0.1:${name.port} and let the client set Host by itself; the service sees its own name.`,
    );
  }
  if (isCrossSite(head, name)) {
    return answer(
      403,
      `Requests that pages of other sites send are refused. Open http://${hostsOf(name)[2]} itself, or call from outside a browser.`,
    );
  }
  return null;
}

function hostsOf({ service, sideName, port }: GatewayName): readonly [string, string, string] {
  return [`127.0.0.1:${port}`, `localhost:${port}`, `${service}.${sideName}.localhost:${port}`.toLowerCase()];
}

function isCrossSite(head: RequestHead, name: GatewayName): boolean {
  for (let at = 0; at < head.fields.length; at += 2) {
    const field = head.fields[at]?.toLowerCase();
    const value = head.fields[at + 1] ?? '';
    if (field === 'sec-fetch-site' && value.toLowerCase() === 'cross-site') return true;
    if (field === 'origin' && !isOwnSite(value, name)) return true;
  }
  return false;
}

/** A site is a host without its port: pages of other gateways of the same side may call this one. */
function isOwnSite(origin: string, { sideName }: GatewayName): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, hostname } = new URL(origin);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  return (
    hostname === '127.0.0.1' ||
    hostname === 'localhost' ||
    hostname.endsWith(`.${sideName.toLowerCase()}.localhost`)
  );
}

function answer(status: number, text: string): OwnAnswer {
  return { status, error: null, text };
}
