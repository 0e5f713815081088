import type { OwnProcess } from '../../exchange.ts';
import type { Node } from '../read/node.ts';

/** What one answer has in common with the rest of its pass. Answers are numbered as the slots of a row. */
export interface View {
  /** A value as it is compared: what the pass itself sent, and differently each time, is a symbol equal in all passes. */
  readonly seen: (answer: number, node: Node) => Node;
  /** When the answer says it was made; null where it does not. */
  readonly sent: (answer: number) => number | null;
  /** The process that made the answer; null where nothing is known of it. */
  readonly own: (answer: number) => OwnProcess | null;
  /** Where else in the pass the same id stands: `<request> <place>`, without the place asked for. */
  readonly elsewhere: (answer: number, text: string, place: string) => ReadonlySet<string>;
  /** Of these, the ones that the pass met before it. */
  readonly earlier: (answer: number, text: string, place: string) => ReadonlySet<string>;
  /** Whether the pass has an id at `<request> <place>` at all. */
  readonly hasId: (answer: number, site: string) => boolean;
  /** Where else in the pass the same number of a sequence stands, and whether it has one at a site. */
  readonly numbered: (answer: number, digits: string, place: string) => ReadonlySet<string>;
  readonly hasNumber: (answer: number, site: string) => boolean;
}
