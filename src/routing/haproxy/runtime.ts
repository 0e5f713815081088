import { connect } from 'node:net';

/** Commands in one line stay below HAProxy's smallest buffer. */
const maxCommandBytes = 12_000;
const maxAnswerMs = 10_000;

/** HAProxy's socket did not answer, or refused a command. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
}

/** HAProxy's runtime socket, as far as a router needs it. One connection for each call; calls may overlap. */
export interface Runtime {
  /** Replaces the whole table at once: requests see all of it or none. */
  load(entries: ReadonlyMap<string, string>): Promise<void>;
  /**
   * Brings one table to the next, entry by entry, in the order in which they are given, and says behind them whether
   * it is whole (`beat`) or not (`mute`): false where HAProxy was started anew since that epoch.
   */
  change(changes: readonly EntryChange[], epoch: string, word?: 'beat' | 'mute'): Promise<boolean>;
  show(): Promise<Map<string, string>>;
  /** Changes with every start of HAProxy. */
  epoch(): Promise<string>;
  /** The table of that epoch is whole, for the next seconds. False where HAProxy was started anew since. */
  beat(epoch: string): Promise<boolean>;
  /** The table is not whole: keys are refused from now on. False where HAProxy was started anew since that epoch. */
  mute(epoch?: string): Promise<boolean>;
  /** Events after a number, which are let go up to it where it is of this epoch. All where it is of another. */
  hops(after: number, epoch: string): Promise<HopEvents>;
  /** By hop: how the latest ends that were not normal came about, as HAProxy's manual names them (8.5). */
  ends(): Promise<ReadonlyMap<string, string>>;
}

export type EntryChange =
  | { readonly kind: 'add' | 'set'; readonly name: string; readonly value: string }
  | { readonly kind: 'delete'; readonly name: string };

export interface HopEvents {
  /** Of this life of HAProxy. */
  readonly epoch: string;
  /** Number of the first event here, or of the next one where there is none. */
  readonly first: number;
  /** Number of the last event that there is. */
  readonly newest: number;
  readonly events: readonly string[];
}

export function openRuntime(socketPath: string, tablePath: string): Runtime {
  const send = (command: string) => ask(socketPath, command);
  const silently = async (command: string) => {
    const answer = (await send(command)).trim();
    if (answer !== '') throw new RuntimeError(`HAProxy said: ${answer.slice(0, 200)}`);
  };
  return {
    load: async (entries) => {
      const prepared = await send(`prepare map ${tablePath}`);
      const version = /New version created: (\d+)/.exec(prepared)?.[1];
      if (version === undefined) throw new RuntimeError(`HAProxy said: ${prepared.slice(0, 200)}`);
      const lines = [...entries].map(([name, value]) => `${name} ${value}\n`);
      for (const lump of lumps(lines))
        await silently(`add map @${version} ${tablePath} <<\n${lump.join('')}`);
      await silently(`commit map @${version} ${tablePath}`);
    },
    change: async (changes, epoch, word = 'beat') => {
      const all = [...lumps(changes.map((one) => changeCommand(tablePath, one)))];
      for (const lump of all.slice(0, -1)) await silently(lump.join(';'));
      const last = [...(all.at(-1) ?? []), `seatrial ${word} ${epoch}`];
      return epochOf(await send(last.join(';'))) === epoch;
    },
    show: async () => shownEntries(await send(`show map ${tablePath}`)),
    epoch: async () => epochOf(await send('seatrial epoch')),
    beat: async (epoch) => epochOf(await send(`seatrial beat ${epoch}`)) === epoch,
    mute: async (epoch) => epochOf(await send('seatrial mute')) === epoch,
    hops: async (after, epoch) => hopEvents(await send(`seatrial hops ${after} ${epoch}`)),
    ends: async () => shownEnds(await send('show events ends')),
  };
}

/** What turns `before` into `after`. Deletions come last: an entry that moves is never missing. */
export function tableChanges(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): EntryChange[] {
  const changes: EntryChange[] = [];
  for (const [name, value] of after) {
    const old = before.get(name);
    if (old !== value) changes.push({ kind: old === undefined ? 'add' : 'set', name, value });
  }
  for (const name of before.keys()) if (!after.has(name)) changes.push({ kind: 'delete', name });
  return changes;
}

function changeCommand(table: string, change: EntryChange): string {
  if (change.kind === 'delete') return `del map ${table} ${change.name}`;
  return `${change.kind} map ${table} ${change.name} ${change.value.replaceAll(' ', '\\ ')}`;
}

function* lumps(lines: readonly string[]): Generator<string[]> {
  let lump: string[] = [];
  let bytes = 0;
  for (const line of lines) {
    if (bytes + line.length > maxCommandBytes && lump.length > 0) {
      yield lump;
      lump = [];
      bytes = 0;
    }
    lump.push(line);
    bytes += line.length + 1;
  }
  if (lump.length > 0) yield lump;
}

function shownEntries(answer: string): Map<string, string> {
  const entries = new Map<string, string>();
  for (const line of answer.split('\n')) {
    const match = /^0x[0-9a-f]+ (\S+) (.*)$/.exec(line);
    if (match?.[1] !== undefined) entries.set(match[1], match[2] ?? '');
  }
  return entries;
}

function epochOf(answer: string): string {
  const epoch = answer.trim();
  if (!/^[0-9a-f]{16}$/.test(epoch)) throw new RuntimeError(`HAProxy said: ${answer.slice(0, 200)}`);
  return epoch;
}

function hopEvents(answer: string): HopEvents {
  const [head = '', ...events] = answer.trimEnd().split('\n');
  const match = /^([0-9a-f]{16}) (\d+) (\d+) (\d+)$/.exec(head);
  if (match?.[1] === undefined) throw new RuntimeError(`HAProxy said: ${answer.slice(0, 200)}`);
  const first = Number(match[2]);
  if (events.length !== Number(match[3]) - first + 1) throw new RuntimeError('HAProxy cut its answer off');
  return { epoch: match[1], first, newest: Number(match[4]), events };
}

function shownEnds(answer: string): Map<string, string> {
  const ends = new Map<string, string>();
  for (const line of answer.split('\n')) {
    const match = /^(\d+) (\S\S)$/.exec(line);
    if (match?.[1] !== undefined) ends.set(match[1], match[2] ?? '');
  }
  return ends;
}

/** One command on a connection of its own, which HAProxy closes behind its answer. */
function ask(socketPath: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(socketPath);
    const fail = (error: Error) => {
      socket.destroy();
      reject(new RuntimeError(`HAProxy's socket does not answer: ${error.message}`, { cause: error }));
    };
    socket.setTimeout(maxAnswerMs, () => fail(new Error('time-out')));
    socket
      .on('connect', () => socket.write(`${command}\n`))
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('error', fail)
      .on('close', () => resolve(Buffer.concat(chunks).toString()));
  });
}
