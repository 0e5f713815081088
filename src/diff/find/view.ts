import type { Node } from '../read/node.ts';

/** A value as it is compared: what an answer echoes of its own request is a symbol, equal in all answers. */
export type View = (answer: number, node: Node) => Node;

export const plainView: View = (_answer, node) => node;
