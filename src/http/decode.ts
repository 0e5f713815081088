import { pipeline, Readable, type Transform } from 'node:stream';
import * as zlib from 'node:zlib';

/** The body is not what its Content-Encoding says. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

/** More layers than any honest service uses; each costs memory. */
const maxLayers = 3;

/** The codings to undo, outermost first. Null where one is unknown or there are too many: leave the bytes alone. */
export function codings(contentEncoding: readonly string[]): readonly string[] | null {
  const names = contentEncoding
    .flatMap((line) => line.split(','))
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity')
    .reverse();
  return names.length <= maxLayers && names.every(isKnown) ? names : null;
}

/** Undoes one coding, chunk by chunk. An empty source stays empty (answers to HEAD, 304). Throws DecodeError. */
export async function* decode(coding: string, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const rest = source[Symbol.asyncIterator]();
  const first = await rest.next();
  if (first.done === true) return;
  let upstream: unknown = null;
  async function* whole(): AsyncGenerator<Buffer> {
    try {
      for (let next = first; next.done !== true; next = await rest.next()) yield next.value;
    } catch (error) {
      upstream = error;
      throw error;
    }
  }
  const decoder = decoderOf(coding, first.value);
  pipeline(Readable.from(whole(), { objectMode: false }), decoder, () => {});
  try {
    yield* decoder as AsyncIterable<Buffer>;
  } catch (error) {
    if (upstream !== null) throw upstream;
    throw new DecodeError(`the body is no valid ${coding}`, { cause: error });
  } finally {
    decoder.destroy();
  }
}

function isKnown(name: string): boolean {
  return ['gzip', 'x-gzip', 'br', 'deflate', 'zstd'].includes(name);
}

function decoderOf(coding: string, first: Buffer): Transform {
  switch (coding) {
    case 'br':
      return zlib.createBrotliDecompress();
    case 'zstd':
      return zlib.createZstdDecompress();
    case 'deflate':
      // RFC 9110, section 8.4.1.2: some servers send raw deflate without the zlib wrapper.
      return isZlib(first) ? zlib.createInflate() : zlib.createInflateRaw();
    default:
      return zlib.createGunzip();
  }
}

/** The header of RFC 1950, section 2.2. */
function isZlib(bytes: Buffer): boolean {
  const [method = 0, flags = 0] = bytes;
  return (method & 0x0f) === 8 && (bytes.length < 2 || ((method << 8) | flags) % 31 === 0);
}
