import { type ClientHttp2Stream, constants } from 'node:http2';
import { Duplex } from 'node:stream';

/**
 * A byte stream through the channel that exists at once and connects by itself; it emits `connect` when it stands. The
 * ends of both directions are apart, and a stream that breaks off is destroyed with an error, never just ended.
 */
export class Tunnel extends Duplex {
  readonly #connect: (signal: AbortSignal) => Promise<ClientHttp2Stream>;
  readonly #gone = new AbortController();
  #stream: ClientHttp2Stream | null = null;
  #drained: (() => void) | null = null;

  constructor(connect: (signal: AbortSignal) => Promise<ClientHttp2Stream>) {
    super({ allowHalfOpen: true });
    this.#connect = connect;
    // It may break off when nobody listens yet, or any more; that must not end the process.
    this.on('error', () => {});
  }

  override _construct(done: (error?: Error | null) => void): void {
    this.#connect(this.#gone.signal).then(
      (stream) => {
        if (this.destroyed) {
          stream.destroy(brokenOff());
          return done();
        }
        this.#listen(stream);
        done();
        this.emit('connect');
      },
      (error) => done(error),
    );
  }

  override _read(): void {
    this.#stream?.resume();
  }

  override _write(bytes: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    const stream = this.#stream;
    if (stream === null || stream.destroyed || stream.closed) done(brokenOff());
    else if (stream.write(bytes)) done();
    else this.#drained = done;
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#stream?.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#gone.abort();
    const stream = this.#stream;
    // To the service, what is not read or written to its end must look broken off: `close(code)` would send END_STREAM
    // before the reset.
    if (stream !== null && !stream.closed) stream.destroy(brokenOff());
    this.#drained = null;
    done(error);
  }

  #listen(stream: ClientHttp2Stream): void {
    this.#stream = stream;
    stream
      .on('data', (bytes: Buffer) => {
        if (!this.push(bytes)) stream.pause();
      })
      .on('drain', () => {
        const drained = this.#drained;
        this.#drained = null;
        drained?.();
      })
      .on('end', () => {
        if (stream.rstCode === constants.NGHTTP2_NO_ERROR && !stream.aborted) this.push(null);
      })
      .on('error', () => this.destroy(brokenOff()))
      .on('close', () => {
        const whole = stream.rstCode === constants.NGHTTP2_NO_ERROR && !stream.aborted;
        if (!whole || !stream.readableEnded) this.destroy(brokenOff());
      });
  }
}

function brokenOff(): Error {
  return Object.assign(new Error('the connection through the cluster broke off'), { code: 'ECONNRESET' });
}
