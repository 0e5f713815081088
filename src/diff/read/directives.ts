import { type Node, numberNode, stringNode } from './node.ts';

/** Directives by name without case: `max-age=60, private` (RFC 9111, section 5.2; RFC 6797). */
export function readDirectives(value: string, separator: ',' | ';'): ReadonlyMap<string, Node> {
  const directives = new Map<string, Node>();
  for (const part of split(value, separator)) {
    const cut = part.indexOf('=');
    const name = (cut < 0 ? part : part.slice(0, cut)).trim().toLowerCase();
    const argument = cut < 0 ? '' : unquoted(part.slice(cut + 1).trim());
    if (name !== '' && !directives.has(name)) {
      directives.set(name, /^\d{1,15}$/.test(argument) ? numberNode(Number(argument)) : stringNode(argument));
    }
  }
  return directives;
}

/** The members of a list whose order says nothing, without case. */
export function readMembers(value: string): ReadonlyMap<string, Node> {
  return new Map(
    split(value, ',')
      .map((member) => member.trim().toLowerCase())
      .filter((member) => member !== '')
      .sort()
      .map((member) => [member, stringNode('')]),
  );
}

/**
 * A content security policy by directive and source (CSP Level 3, section 2.2.1). A nonce is made anew for each answer
 * and a hash with each script: that the directive asks for one is what counts.
 */
export function readPolicy(value: string): ReadonlyMap<string, Node> {
  const sources = new Map<string, Node>();
  for (const [index, policy] of value.split(',').entries()) {
    for (const directive of policy.split(';')) {
      const [name = '', ...given] = directive.trim().split(/\s+/);
      if (name === '') continue;
      const key = `${index === 0 ? '' : `${index + 1}. `}${name.toLowerCase()}`;
      sources.set(key, stringNode(''));
      for (const source of given)
        sources.set(`${key} ${source.replace(/^'(nonce|sha\d+)-.*'$/i, "'$1'")}`, stringNode(''));
    }
  }
  return sources;
}

/** Links by their relation (RFC 8288): the target is a URL of its own. Null where it is no list of links. */
export function readLinks(value: string): ReadonlyMap<string, Node> | null {
  const links = new Map<string, Node>();
  for (const part of split(value, ',')) {
    const match = /^\s*<([^>]*)>\s*((?:;.*)?)$/s.exec(part);
    if (match === null) return null;
    const [, target = '', parameters = ''] = match;
    const relation = readDirectives(parameters, ';').get('rel');
    const name = relation?.kind === 'string' ? relation.text.toLowerCase() : '';
    const key = links.has(name) ? `${name} ${links.size}` : name;
    links.set(key, stringNode(target));
    const rest = split(parameters, ';').map((text) => text.trim());
    const others = rest.filter((text) => text !== '' && !/^rel\s*=/i.test(text)).sort();
    if (others.length > 0) links.set(`${key} parameters`, stringNode(others.join('; ')));
  }
  return links;
}

/** At a separator that stands in no quotes and in no angle brackets. */
function split(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  let inTarget = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted && character === '\\') at += 1;
    else if (character === '"' && !inTarget) quoted = !quoted;
    else if (quoted) continue;
    else if (character === '<') inTarget = true;
    else if (character === '>') inTarget = false;
    else if (character === separator && !inTarget) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function unquoted(text: string): string {
  return /^".*"$/s.test(text) ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text;
}
