import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { SeatrialError } from '../errors.ts';
import type { Call } from './api.ts';
import type { Env } from './env.ts';
import { answerLine, largestAnswer } from './protocol.ts';

/** The host ended or was never there, and did not take the call on: it may be made again elsewhere. */
export class NotTaken extends Error {
  override readonly name = 'NotTaken';
}

/** No complete answer within the time: something holds the socket and is silent. */
export class Silent extends Error {
  override readonly name = 'Silent';
}

/** One short question, such as `/hello`. Rejects with NotTaken or Silent. */
export async function ask(
  socket: string,
  path: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<unknown> {
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const response = await post(socket, path, '', AbortSignal.any([limit, signal]));
    let text = '';
    for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
      text += chunk;
      if (text.length > 65_536) throw new NotTaken('too long an answer');
    }
    return JSON.parse(text);
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted) throw new Silent(`no answer within ${timeoutMs} ms`);
    throw error instanceof NotTaken ? error : new NotTaken(String(error), { cause: error });
  }
}

/** One call: follows the lines to the result. Rejects with NotTaken where the host never took it on. */
export async function callHost(
  socket: string,
  method: string,
  body: { readonly args: unknown; readonly env: Env },
  call: Call,
): Promise<unknown> {
  let taken = false;
  try {
    const response = await post(socket, `/${method}`, JSON.stringify(body), call.signal);
    if (response.statusCode !== 200) {
      response.destroy();
      throw new NotTaken(`status ${response.statusCode}`);
    }
    for await (const line of lines(response)) {
      const parsed = answerLine.parse(JSON.parse(line));
      taken = true;
      if ('error' in parsed) throw SeatrialError.from(parsed.error);
      if ('result' in parsed) return parsed.result;
      if ('progress' in parsed) call.progress(parsed.progress);
    }
    throw new Error('the answer ended early');
  } catch (error) {
    call.signal.throwIfAborted();
    if (error instanceof SeatrialError || error instanceof NotTaken) throw error;
    if (!taken) throw new NotTaken(String(error), { cause: error });
    throw new SeatrialError(
      'host-gone',
      {
        what: `The host ended while it worked on ${method}.`,
        why: 'It was stopped or killed. Its sandboxes ended with it; kept runs are still there.',
        next: 'Call provision_sandbox again: a new host starts by itself.',
      },
      { cause: error },
    );
  }
}

async function post(
  socket: string,
  path: string,
  body: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => {
    const sent: ClientRequest = httpRequest(
      {
        socketPath: socket,
        path,
        method: 'POST',
        signal,
        agent: false,
        headers: {
          host: 'seatrial',
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      },
      resolve,
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

async function* lines(response: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  let size = 0;
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
    size += chunk.length;
    if (size > largestAnswer) throw new Error('too long an answer');
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}
