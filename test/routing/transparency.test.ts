import { expect, test } from 'vitest';
import type { Address } from '../../src/routing/table.ts';
import { answering, type Conversation, calling, conversations, Heard, ok, simple } from './conversations.ts';
import { RawCaller, rawService, routed } from './support.ts';

/** What both ends saw of a conversation. */
interface Seen {
  readonly caller: { readonly bytes: string; readonly ending: string | null };
  readonly service: readonly { readonly bytes: string; readonly ending: string | null }[];
}

async function hold(
  conversation: Conversation,
  through: (service: Address) => Promise<Address>,
): Promise<Seen> {
  const heard: Heard[] = [];
  const service = await rawService((socket) => {
    const one = new Heard(socket);
    heard.push(one);
    conversation.serve(socket, one);
  });
  const caller = new RawCaller(await through(service));
  await conversation.call(caller);
  await caller.closed();
  for (const one of heard) await one.ended();
  return {
    caller: { bytes: caller.text, ending: caller.ending },
    service: heard.map(({ bytes, ending }) => ({ bytes: bytes.toString('latin1'), ending })),
  };
}

const silence = () => new Promise((resolve) => setTimeout(resolve, 5_500));

/** The times after which Node gives up by itself are 5 s and more. */
const silent: readonly Conversation[] = [
  {
    name: 'a silent service',
    serve: async (socket, heard) => {
      await heard.until('\r\n\r\n');
      await silence();
      socket.end(ok);
    },
    call: calling(simple),
  },
  {
    name: 'a silent caller, before and in the middle of a second request',
    serve: answering(ok, 2),
    call: async (caller) => {
      caller.write(simple);
      await caller.until('ok');
      caller.write(simple.slice(0, 10));
      await silence();
      caller.write(simple.slice(10));
    },
  },
];

test.for(conversations)('without a key, both ends see the same as directly: $name', async (conversation) => {
  const direct = await hold(conversation, async (service) => service);
  const through = await hold(conversation, async (service) => (await routed(service)).address);
  expect(through).toEqual(direct);
  expect(direct.service[0]?.bytes).not.toBe('');
});

test('silence ends nothing, however long', async () => {
  await Promise.all(
    silent.map(async (conversation) => {
      const [direct, through] = await Promise.all([
        hold(conversation, async (service) => service),
        hold(conversation, async (service) => (await routed(service)).address),
      ]);
      expect(through).toEqual(direct);
    }),
  );
});
