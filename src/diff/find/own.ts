import type { OwnProcess } from '../../exchange.ts';
import type { Node } from '../read/node.ts';
import type { Seen } from './ids.ts';
import { timesOf } from './times.ts';
import type { View } from './view.ts';

/** A number of fewer digits may be anything. */
const leastDigits = 3;

/** Kubernetes ends the names of pods with five of these characters, or with the number of a StatefulSet. */
const podName = /^[a-z0-9][a-z0-9.-]*-(?:[bcdfghjklmnpqrstvwxz2456789]{5}|\d{1,4})$/;

export function isPodName(text: string): boolean {
  return podName.test(text);
}

/**
 * Whether a place says nothing but which process answered: each answer has there the very process id, port or pod of its
 * own process, or an instant of its own start, as the engine that started it knows them. Two processes of the same code
 * differ in these. A place where any answer shows another value is compared as all are.
 */
export function saysWhoAnswers(before: readonly Seen[], after: readonly Seen[], view: View): boolean {
  if (after.some(([answer]) => view.own(answer) === null)) return false;
  const all = [...before, ...after];
  const owns = all.map(([answer]) => view.own(answer));
  const texts = all.map(([, node]) => textOf(node));
  if (texts.every((text, at) => text !== null && startedThen(all[at]?.[1], owns[at] ?? null))) return true;
  const pods = texts.every((text, at) => {
    const pod = owns[at]?.pod;
    return text !== null && (at < before.length && pod === undefined ? isPodName(text) : text === pod);
  });
  if (pods) return true;
  const same = new Set(texts.map((text, at) => (text === null ? null : withoutOwn(text, owns[at] ?? null))));
  return same.size === 1 && !same.has(null);
}

function textOf(node: Node): string | null {
  return node.kind === 'string' ? node.text : node.kind === 'number' ? node.raw : null;
}

function startedThen(node: Node | undefined, own: OwnProcess | null): boolean {
  const time = node === undefined ? null : timesOf([node])?.[0];
  if (own?.started === undefined || time === undefined || time === null) return false;
  // Whole seconds are cut, or rounded.
  return time >= own.started.from - 1000 && time <= own.started.to + 1000;
}

/** The text without the numbers of its own process; null where it has none of them. */
function withoutOwn(text: string, own: OwnProcess | null): string | null {
  let rest = text;
  for (const [kind, value] of [
    ['pid', own?.pid],
    ['port', own?.port],
  ] as const) {
    const digits = String(value ?? '');
    if (digits.length < leastDigits) continue;
    rest = rest.replace(new RegExp(`(?<![0-9A-Za-z.])${digits}(?![0-9A-Za-z])`, 'g'), `‹own ${kind}›`);
  }
  return rest === text ? null : rest;
}
