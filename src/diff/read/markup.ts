import { Parser } from 'htmlparser2';
import { type ArrayNode, type Node, type ObjectNode, objectNode, stringNode } from './node.ts';

export type Markup = 'html' | 'xml';

const mostCharacters = 2 * 1024 * 1024;
const mostElements = 20_000;
const mostLevels = 200;

/** In HTML these keep their white space, and scripts and styles are one value. */
const verbatim: ReadonlySet<string> = new Set(['pre', 'textarea', 'script', 'style']);

interface Open {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly start: number;
  readonly children: Map<string, Node[]>;
  readonly order: string[];
  /** Its own text, and the same with `‹name›` where child elements stand. */
  text: string;
  marked: string;
}

/** Why the text is not read as markup, in words; it is then compared as text. */
export type MarkupRead =
  | { readonly kind: 'read'; readonly node: ObjectNode }
  | { readonly kind: 'text'; readonly why: string | null };

/**
 * HTML or XML as data, so that its places are RFC 9535 paths: an element is an object with its attributes as `@name`,
 * its text as `#text`, and its child elements by their names, a list where a name occurs more than once:
 * `$.html.body.ul.li[*]['@class']`. Where text and elements mix, `‹b›` stands in the text for an element. Comments say
 * nothing; white space in HTML counts as one blank, and the order of classes says nothing.
 */
export function readMarkup(text: string, markup: Markup): MarkupRead {
  if (text.length > mostCharacters) return tooLarge('larger than 2 MiB');
  const root = open('', {}, 0);
  const stack: Open[] = [root];
  let elements = 0;
  let deepest = 0;
  let closed = 0;
  let unclosed = false;
  const top = (): Open => stack.at(-1) ?? root;
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        elements += 1;
        deepest = Math.max(deepest, stack.length);
        if (elements > mostElements || deepest > mostLevels) parser.pause();
        else stack.push(open(name, attributes, parser.startIndex));
      },
      ontext(data) {
        const element = top();
        element.text += data;
        element.marked += data;
      },
      onclosetag(_name, implied) {
        const element = stack.length > 1 ? stack.pop() : undefined;
        if (element === undefined) return;
        if (text.startsWith('</', parser.startIndex)) closed += 1;
        else if (implied && text[parser.endIndex - 1] !== '/' && markup === 'xml') unclosed = true;
        add(top(), element.name, closeElement(element, text, parser.endIndex + 1, markup));
      },
      onprocessinginstruction(name, data) {
        add(root, `#${name.toLowerCase()}`, stringNode(data.replace(/\s+/g, ' ').toLowerCase()));
      },
    },
    { xmlMode: markup === 'xml' },
  );
  parser.end(text);
  if (elements > mostElements) return tooLarge(`of more than ${mostElements} elements`);
  if (deepest > mostLevels) return tooLarge(`nested deeper than ${mostLevels} levels`);
  if (elements === 0) return { kind: 'text', why: null };
  if (markup === 'xml' && (unclosed || closed !== (text.match(/<\//g)?.length ?? 0))) {
    return { kind: 'text', why: 'A body that says it is XML is not well formed; it is compared as text.' };
  }
  return { kind: 'read', node: closeElement(root, text, text.length, markup) };
}

function tooLarge(what: string): MarkupRead {
  return { kind: 'text', why: `Markup ${what} is compared as text, not by its elements.` };
}

function open(name: string, attributes: Readonly<Record<string, string>>, start: number): Open {
  return { name, attributes, start, children: new Map(), order: [], text: '', marked: '' };
}

function add(parent: Open, name: string, node: Node): void {
  const known = parent.children.get(name);
  if (known !== undefined) known.push(node);
  else {
    parent.children.set(name, [node]);
    parent.order.push(name);
  }
  if (!name.startsWith('#')) parent.marked += `‹${name}›`;
}

function closeElement(element: Open, source: string, end: number, markup: Markup): ObjectNode {
  const entries = new Map<string, Node>();
  for (const [name, value] of Object.entries(element.attributes)) {
    entries.set(`@${name}`, stringNode(markup === 'html' && name === 'class' ? classes(value) : value));
  }
  entries.set('#text', textNode(element, markup));
  for (const [name, nodes] of element.children) {
    const first = nodes[0];
    if (name.startsWith('#') && first !== undefined) entries.set(name, first);
    else entries.set(name, elementsNode(nodes));
  }
  return { ...objectNode(entries), raw: source.slice(element.start, end), element: element.order };
}

function elementsNode(items: readonly Node[]): ArrayNode {
  return { kind: 'array', raw: items.map(({ raw }) => raw).join(''), items, rest: null, elements: true };
}

/** Element-only content has no text: white space between elements lays them out. */
function textNode({ name, text, marked, attributes }: Open, markup: Markup): Node {
  const keep = markup === 'html' && verbatim.has(name);
  const mixed = text.trim() === '' ? (keep ? text : '') : marked;
  const shown = markup === 'xml' ? mixed.trim() : keep ? mixed : mixed.replace(/\s+/g, ' ').trim();
  const data = name === 'script' && /json/.test(attributes.type ?? '');
  return markup === 'xml' || data ? stringNode(shown) : { kind: 'opaque', what: 'text', raw: shown };
}

function classes(value: string): string {
  return [...new Set(value.split(/\s+/).filter((name) => name !== ''))].sort().join(' ');
}
