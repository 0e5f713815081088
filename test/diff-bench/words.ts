import type { Random } from './random.ts';

export const cities = 'Lisbon Kraków Zürich Porto Malmö Gent Turin Bergen Cádiz Leeds Graz Tartu'.split(' ');
export const firstNames = 'Ana Björn Chloé Dmitri Elif François Grace Håkon Inés Jürgen Kofi Linnéa'.split(
  ' ',
);
export const lastNames = 'Müller García Novák Okafor Sørensen Rossi Dubois Kowalska Tanaka Brandão'.split(
  ' ',
);
export const things =
  'mug kettle lamp chair notebook backpack scarf bottle clock blanket tray vase basket pillow'.split(' ');
export const colours = 'red blue teal amber olive black ivory coral slate plum'.split(' ');
export const topics = 'billing search catalog identity shipping payments media reports inbox ledger'.split(
  ' ',
);
export const states = 'pending paid shipped delivered cancelled refunded'.split(' ');
const sentences = [
  'Ships within two days & returns are free',
  'Hand-made in small numbers – each piece differs',
  'See the size chart before you order',
  'Your café crème awaits: 10% off on Sundays',
  'Only for members <18 years with consent',
  'Please keep the receipt for your records',
  'Works with every plan, including the free one',
  'The previous owner’s notes are attached',
];

export function sentence(random: Random): string {
  return random.pick(sentences);
}

export function title(random: Random): string {
  const text = `${random.pick(colours)} ${random.pick(things)} ${random.int(2, 99)}`;
  return text[0]?.toUpperCase() + text.slice(1);
}

export function person(random: Random): string {
  return `${random.pick(firstNames)} ${random.pick(lastNames)}`;
}

export function email(random: Random): string {
  const plain = (text: string): string =>
    text
      .normalize('NFD')
      .replace(/[^A-Za-z]/g, '')
      .toLowerCase();
  return `${plain(random.pick(firstNames))}.${plain(random.pick(lastNames))}${random.int(1, 99)}@example.com`;
}

export function uuid(random: Random, version = 4): string {
  return `${random.hex(8)}-${random.hex(4)}-${version}${random.hex(3)}-${random.pick(['8', '9', 'a', 'b'])}${random.hex(3)}-${random.hex(12)}`;
}

/** A time that is the same in all answers. */
export function pastTime(random: Random): string {
  return new Date(
    Date.UTC(
      2024,
      random.int(0, 20),
      random.int(1, 28),
      random.int(0, 23),
      random.int(0, 59),
      random.int(0, 59),
    ),
  )
    .toISOString()
    .replace('.000', random.chance(0.4) ? `.${random.digits(2)}${random.int(1, 9)}` : '');
}

export function pastDay(random: Random): string {
  return pastTime(random).slice(0, 10);
}

/** Whole cents, never round. */
export function money(random: Random): number {
  return random.int(1, 400) + (random.int(1, 9) * 10 + random.int(1, 9)) / 100;
}

/** One service writes all its names in one way, and has its own word for each thing. */
export class Names {
  private readonly style: 'camel' | 'snake' | 'kebab' | 'pascal';
  private readonly random: Random;
  private readonly known = new Map<string, string>();

  constructor(random: Random) {
    this.random = random.fork('names');
    this.style = this.random.pick(['camel', 'camel', 'snake', 'snake', 'kebab', 'pascal']);
  }

  /** `unit price|price each|amount` gives one of the three, in the service's style, always the same. */
  of(choices: string): string {
    const known = this.known.get(choices);
    if (known !== undefined) return known;
    const taken = new Set(this.known.values());
    const free = choices
      .split('|')
      .map((one) => this.write(one))
      .filter((one) => !taken.has(one));
    const name = free.length > 0 ? this.random.pick(free) : `${this.write(choices.split('|')[0] ?? '')}2`;
    this.known.set(choices, name);
    return name;
  }

  write(words: string): string {
    return styled(words, this.style);
  }
}

export function styled(words: string, style: 'camel' | 'snake' | 'kebab' | 'pascal'): string {
  const parts = words.split(' ');
  const big = (part: string): string => (part[0] ?? '').toUpperCase() + part.slice(1);
  if (style === 'snake') return parts.join('_');
  if (style === 'kebab') return parts.join('-');
  return parts.map((part, at) => (at === 0 && style === 'camel' ? part : big(part))).join('');
}
