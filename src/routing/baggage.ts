/**
 * List headers that carry the routing key among members of others: W3C Baggage (`key=value;property`) and Trace
 * Context's tracestate (`key=value`). Both are comma separated lists that may be spread over several header lines,
 * in order (RFC 9110, section 5.3).
 */
export const memberKey = 'seatrial';

const edges = /^[ \t]+|[ \t]+$/g;

function trim(text: string): string {
  return text.replace(edges, '');
}

/** The value of the first member named `seatrial`, properties cut off, percent-decoded; null where there is none. */
export function baggageValue(lines: readonly string[]): string | null {
  const member = firstMember(lines);
  if (member === null) return null;
  const properties = member.indexOf(';');
  const value = trim(properties === -1 ? member : member.slice(0, properties));
  return value.includes('%') ? percentDecoded(value) : value;
}

/** The value of the first tracestate member named `seatrial`; null where there is none. */
export function tracestateValue(lines: readonly string[]): string | null {
  const member = firstMember(lines);
  return member === null ? null : trim(member);
}

/** A header line without our members; null where nothing is left of it. Members of others stay as they were. */
export function withoutOurs(line: string): string | null {
  const others = line.split(',').filter((member) => nameOf(member) !== memberKey && trim(member) !== '');
  return others.length === 0 ? null : others.map(trim).join(',');
}

/** What follows `=` in the first member of ours. Names compare with case; a member without `=` is none. */
function firstMember(lines: readonly string[]): string | null {
  for (const line of lines) {
    if (!line.includes(memberKey)) continue;
    for (const member of line.split(',')) {
      if (nameOf(member) === memberKey) return member.slice(member.indexOf('=') + 1);
    }
  }
  return null;
}

function nameOf(member: string): string | null {
  const equals = member.indexOf('=');
  return equals === -1 ? null : trim(member.slice(0, equals));
}

/** W3C Baggage, section 3.3.1.3: values are percent-encoded. What is no such encoding is left as it is. */
function percentDecoded(value: string): string {
  return value.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
