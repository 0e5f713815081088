import { SeatrialError } from '../errors.ts';

export interface HttpAddress {
  /** An address to listen on, without brackets. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
}

const loopback: Readonly<Record<string, string>> = {
  '': '127.0.0.1',
  '127.0.0.1': '127.0.0.1',
  localhost: '127.0.0.1',
  '[::1]': '::1',
};

/** `[host:]port`. Other hosts than loopback are refused: nobody checks tokens yet. */
export function parseAddress(text: string): HttpAddress {
  const [, host, digits] = /^(?:(.*):)?([0-9]{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) {
    throw new SeatrialError('invalid-argument', {
      what: `${JSON.stringify(text.slice(0, 100))} is no address to listen on.`,
      next: 'Write a port or host:port, such as `--http 7350` or `--http 127.0.0.1:7350`.',
    });
  }
  const listen = loopback[host ?? ''];
  if (listen === undefined) {
    throw new SeatrialError('invalid-argument', {
      what: `seatrial mcp --http does not listen on ${JSON.stringify(host?.slice(0, 100))}.`,
      why: 'It serves on loopback only, as it asks nobody for a token yet.',
      next: 'Use 127.0.0.1, localhost or [::1]; from another machine, forward the port with ssh -L.',
    });
  }
  return { host: listen, port };
}
