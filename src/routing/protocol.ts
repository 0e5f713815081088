/** A message that breaks the rules of HTTP/1.1, or that two parties could read differently. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  /** What to answer to the caller. */
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

/** How a body ends (RFC 9112, section 6.3). `until-close` is for answers alone. */
export type Framing =
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-close' };

/** Bytes of a head that we take: far above what servers take (Node: 16 KiB), so that theirs is the limit met. */
export const maxHeadBytes = 1024 * 1024;
