import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Body } from '../exchange.ts';

/** The body passed the bound up to which it is read at all. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
}

/**
 * Reads a body of any length in bounded memory: keeps the first `maxBytes`, counts and hashes the rest.
 * Throws TooLargeError past `hardBytes`, and what the source throws.
 */
export async function readBody(
  source: AsyncIterable<Buffer>,
  { maxBytes, hardBytes }: { readonly maxBytes: number; readonly hardBytes: number },
): Promise<Body> {
  const kept: Buffer[] = [];
  let room = maxBytes;
  let size = 0;
  const hash = createHash('sha256');
  for await (const chunk of source) {
    size += chunk.length;
    if (size > hardBytes) throw new TooLargeError(`the body is larger than ${hardBytes} bytes`);
    hash.update(chunk);
    if (room > 0) {
      // A copy, as a slice would keep the whole chunk alive.
      kept.push(chunk.length <= room ? chunk : Buffer.from(chunk.subarray(0, room)));
      room -= Math.min(room, chunk.length);
    }
  }
  const bytes = Buffer.concat(kept);
  if (bytes.length === size) return { ...asText(bytes), size };
  return { ...asText(wholeCharacters(bytes)), size, truncated: { sha256: hash.digest('hex') } };
}

function asText(bytes: Buffer): Pick<Body, 'encoding' | 'text'> {
  return isUtf8(bytes)
    ? { encoding: 'utf8', text: bytes.toString('utf8') }
    : { encoding: 'base64', text: bytes.toString('base64') };
}

/** Without the bytes of a character that the cut went through: at most three (RFC 3629). */
function wholeCharacters(bytes: Buffer): Buffer {
  for (let cut = 0; cut <= 3 && cut <= bytes.length; cut++) {
    const shorter = bytes.subarray(0, bytes.length - cut);
    if (isUtf8(shorter)) return shorter;
  }
  return bytes;
}
