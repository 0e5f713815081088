import { styleText } from 'node:util';

/** Prints the demo as a story: numbered scenes with a few indented lines each. */
export interface Story {
  title(text: string): void;
  scene(text: string): void;
  line(text: string): void;
  good(text: string): void;
  bad(text: string): void;
  /** A piece of code before and after, as a diff. */
  edit(file: string, before: string, after: string): void;
}

/** `print` gets whole lines; `colour` only where a person watches. */
export function tellStory(print: (line: string) => void, colour: boolean): Story {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  let number = 0;
  const indented = (text: string) => `    ${text}`;
  return {
    title: (text) => print(paint('bold', text)),
    scene(text) {
      number += 1;
      print('');
      print(paint('bold', `${String(number).padStart(2)}  ${text}`));
    },
    line: (text) => print(indented(text)),
    good: (text) => print(indented(paint('green', `✓ ${text}`))),
    bad: (text) => print(indented(paint('red', `✗ ${text}`))),
    edit(file, before, after) {
      print(indented(paint('dim', file)));
      for (const line of before.trimEnd().split('\n')) print(indented(paint('red', `- ${line.trim()}`)));
      for (const line of after.trimEnd().split('\n')) print(indented(paint('green', `+ ${line.trim()}`)));
    },
  };
}
