/**
 * Where something stands. `place` is what users see: an RFC 9535 path, `header:<name>` or `status`. `key` is finer
 * where one place has parts that vary on their own (the parts of a URL, the lines of a text).
 */
export interface Place {
  readonly place: string;
  readonly key: string;
  /** The last name, for the judgement of names; empty for array items. */
  readonly name: string;
  readonly area: Area;
  /** Where `key` is finer: which part of the place, in words. */
  readonly part?: string;
  /** A part of a list that may grow without taking anything from anyone. */
  readonly open?: true;
}

export type Area = 'body' | 'header' | 'status' | 'content-type' | 'calls';

export const bodyRoot: Place = { place: '$', key: '$', name: '', area: 'body' };
export const statusPlace: Place = { place: 'status', key: 'status', name: 'status', area: 'status' };

export function headerPlace(name: string): Place {
  const place = `header:${name}`;
  return { place, key: place, name, area: name === 'content-type' ? 'content-type' : 'header' };
}

export function memberPlace(parent: Place, name: string): Place {
  const step = /^[A-Za-z_\u0080-\uD7FF][A-Za-z0-9_\u0080-\uD7FF]*$/.test(name)
    ? `.${name}`
    : `['${[...name].map(escapeCharacter).join('')}']`;
  return grow(parent, step, name);
}

/** All items of an array, or all values of a map. */
export function everyPlace(parent: Place): Place {
  return grow(parent, '[*]', '');
}

/** The same place for users, but one of several kinds of thing that stand there, each varying on its own. */
export function kindPlace(parent: Place, kind: string): Place {
  return { ...parent, key: `${parent.key}<${kind}>` };
}

/** A part within a string: the same place for users, varying on its own. */
export function partPlace(parent: Place, part: string): Place {
  const { place, name, area } = parent;
  return {
    place,
    name,
    area,
    key: `${parent.key}#${part}`,
    part: parent.part === undefined ? part : `${parent.part} ${part}`,
  };
}

/** What is one thing of its own: a place, and of `set-cookie` each cookie, as to want one changed is not to want all. */
export function ownPlace({ place, key }: Place): string {
  return place === 'header:set-cookie' ? key.split('#', 2).join('#') : place;
}

function grow(parent: Place, step: string, name: string): Place {
  const inPart = parent.part !== undefined;
  return {
    place: inPart ? parent.place : parent.place + step,
    key: parent.key + step,
    name,
    area: parent.area,
    ...(parent.part === undefined ? {} : { part: `${parent.part}${step}` }),
  };
}

/** RFC 9535, section 2.7: what a normalized path escapes. */
function escapeCharacter(character: string): string {
  switch (character) {
    case "'":
      return "\\'";
    case '\\':
      return '\\\\';
    case '\b':
      return '\\b';
    case '\t':
      return '\\t';
    case '\n':
      return '\\n';
    case '\f':
      return '\\f';
    case '\r':
      return '\\r';
  }
  const code = character.codePointAt(0) ?? 0;
  const lone = code >= 0xd800 && code <= 0xdfff;
  return code < 0x20 || lone ? `\\u${code.toString(16).padStart(4, '0')}` : character;
}
