import { TextDecoder } from 'node:util';

/**
 * Bytes as text, one form for each: what is no valid UTF-8 becomes a lone surrogate (U+DC80 + byte, as Python's
 * `surrogateescape`), so that two different invalid bytes never look equal.
 */
export function textOfBytes(bytes: Uint8Array): { readonly text: string; readonly valid: boolean } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes), valid: true };
  } catch {
    return { text: escaped(bytes), valid: false };
  }
}

function escaped(bytes: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes[at] ?? 0);
    const part = length === 1 ? ascii(bytes, at) : bytes.subarray(at, at + length);
    const text = part.length === 0 ? null : attempt(decoder, part);
    if (text === null) {
      parts.push(String.fromCharCode(0xdc00 + (bytes[at] ?? 0)));
      at += 1;
    } else {
      parts.push(text);
      at += part.length;
    }
  }
  return parts.join('');
}

function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}

function ascii(bytes: Uint8Array, from: number): Uint8Array {
  let to = from;
  while (to < bytes.length && (bytes[to] ?? 0xff) < 0x80) to += 1;
  return bytes.subarray(from, to);
}

function attempt(decoder: TextDecoder, bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}
