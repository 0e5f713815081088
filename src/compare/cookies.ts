import { CookieJar } from 'tough-cookie';
import { type Header, headerValues } from '../exchange.ts';

/** The cookies of one pass: what a service sets comes back to it, and to no other. */
export class Cookies {
  readonly #jar = new CookieJar(undefined, { rejectPublicSuffixes: false });

  /** The headers with the cookies that fit; those that the request names itself win. */
  async onto(host: string, path: string, headers: readonly Header[]): Promise<Header[]> {
    const own = headerValues(headers, 'cookie').join('; ');
    const named = new Set(own.split(';').map((pair) => pair.split('=')[0]?.trim()));
    const kept = (await this.#jar.getCookies(urlOf(host, path)))
      .filter(({ key }) => key !== '' && !named.has(key))
      .map((cookie) => cookie.cookieString());
    if (kept.length === 0) return [...headers];
    const line = own === '' ? kept.join('; ') : `${own}; ${kept.join('; ')}`;
    return [...headers.filter(([name]) => name.toLowerCase() !== 'cookie'), ['cookie', line]];
  }

  async keep(host: string, path: string, headers: readonly Header[]): Promise<void> {
    for (const line of headerValues(headers, 'set-cookie')) {
      // What no browser would take is not taken either, and is no error.
      await this.#jar.setCookie(line, urlOf(host, path), { ignoreError: true });
    }
  }
}

/** `https`, as services behind TLS mark their cookies `Secure`. The port is ours, not the service's. */
function urlOf(host: string, path: string): string {
  return `https://${host.replace(/:\d+$/, '')}${path}`;
}
