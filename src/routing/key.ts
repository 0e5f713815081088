import { randomInt } from 'node:crypto';
import { type Header, headerValues } from '../exchange.ts';
import { baggageValue, memberKey, tracestateValue, withoutOurs } from './baggage.ts';

/** What marks a request as one of a sandbox (or, with the reserved key, of a baseline pass of ours). */
export interface RoutingKey {
  /** `[a-z0-9-]{20}`. */
  readonly key: string;
  /** `[a-z0-9]{8}`: ties the hops of one request together. Null where none, or none of that form, was given. */
  readonly correlation: string | null;
}

/** On every request that we send to the baseline, so that its hops are known too. No minted key begins so. */
export const baselineKey = 'base-000000000000000';

/** The header that carries the key by itself, for clients that know no baggage. */
const keyHeader = 'x-seatrial-key';

const keyForm = /^([a-z0-9-]{20})(?:\.(.*))?$/;
const correlationForm = /^[a-z0-9]{8}$/;
const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Random, of 103 bits. Has no hyphen, so it can never begin as the reserved key does. */
export function mintKey(): string {
  return randomText(20);
}

export function mintCorrelation(): string {
  return randomText(8);
}

/** The header lines that may carry the key, by carrier, each in the order in which they came. */
export interface KeyCarriers {
  readonly baggage: readonly string[];
  readonly tracestate: readonly string[];
  readonly key: readonly string[];
}

/**
 * The key of a request: from baggage, else tracestate, else `x-seatrial-key`. In each carrier the first member named
 * `seatrial` decides; where its value has not the form of a key, the carrier says nothing and the next is asked.
 */
export function keyOf(carriers: KeyCarriers): RoutingKey | null {
  return (
    fromText(baggageValue(carriers.baggage)) ??
    fromText(tracestateValue(carriers.tracestate)) ??
    fromText(carriers.key[0]?.split(',')[0]?.trim() ?? null)
  );
}

export function parseKey(headers: readonly Header[]): RoutingKey | null {
  return keyOf({
    baggage: headerValues(headers, 'baggage'),
    tracestate: headerValues(headers, 'tracestate'),
    key: headerValues(headers, keyHeader),
  });
}

/**
 * The headers with our member as the first of the baggage. Other members stay, as they are and in their order; what
 * else carried a key of ours goes. The first baggage line keeps its place, a new one comes last.
 */
export function withKey(headers: readonly Header[], key: string, correlation: string | null): Header[] {
  const ours = `${memberKey}=${keyText(key, correlation)}`;
  const result: Header[] = [];
  let placed = false;
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (lower === keyHeader) continue;
    if (lower !== 'baggage' && lower !== 'tracestate') {
      result.push([name, value]);
      continue;
    }
    const others = withoutOurs(value);
    if (lower === 'baggage' && !placed) {
      placed = true;
      result.push([name, others === null ? ours : `${ours},${others}`]);
    } else if (others !== null) {
      result.push([name, lower === 'tracestate' && !value.includes(memberKey) ? value : others]);
    }
  }
  if (!placed) result.push(['baggage', ours]);
  return result;
}

/** `<key>[.<correlation>]`, as the carriers hold it. */
function keyText(key: string, correlation: string | null): string {
  return correlation === null ? key : `${key}.${correlation}`;
}

function fromText(text: string | null): RoutingKey | null {
  const match = text === null ? null : keyForm.exec(text);
  if (match?.[1] === undefined) return null;
  const correlation = match[2];
  return {
    key: match[1],
    correlation: correlation !== undefined && correlationForm.test(correlation) ? correlation : null,
  };
}

function randomText(length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}
