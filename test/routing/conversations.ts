import type { Socket } from 'node:net';
import type { RawCaller } from './support.ts';

/**
 * One conversation over raw sockets, held twice: with the service directly, and through the router without a key.
 * Both ends must see the same bytes, and the same end.
 */
export interface Conversation {
  readonly name: string;
  readonly serve: (socket: Socket, heard: Heard) => void;
  readonly call: (caller: RawCaller) => Promise<void>;
}

export class Heard {
  bytes = Buffer.alloc(0);
  /** How the caller's side ended, as the service sees it. */
  ending: string | null = null;
  readonly #waits: (() => void)[] = [];

  constructor(socket: Socket) {
    socket
      .on('data', (bytes: Buffer) => {
        this.bytes = Buffer.concat([this.bytes, bytes]);
        this.#wake();
      })
      .on('end', () => {
        this.ending ??= 'end';
        this.#wake();
      })
      .on('error', (error: NodeJS.ErrnoException) => {
        this.ending ??= error.code ?? 'error';
        this.#wake();
      })
      .on('close', () => {
        this.ending ??= 'closed by the service';
        this.#wake();
      });
  }

  async until(text: string): Promise<void> {
    await this.#when(() => this.bytes.includes(text, 0, 'latin1'));
  }

  async ended(): Promise<void> {
    await this.#when(() => this.ending !== null);
  }

  async #when(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waits.push(resolve));
  }

  #wake(): void {
    for (const wake of this.#waits.splice(0)) wake();
  }
}

/** Answers each request head (without body) with `answer`, and closes after the last of `times`. */
export function answering(answer: string, times = 1): Conversation['serve'] {
  return (socket) => {
    let left = times;
    let text = '';
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      while (text.includes('\r\n\r\n')) {
        text = text.slice(text.indexOf('\r\n\r\n') + 4);
        socket.write(Buffer.from(answer, 'latin1'));
        left -= 1;
        if (left === 0) socket.end();
      }
    });
  };
}

export const calling = (text: string) => async (caller: RawCaller) => caller.write(text);
export const simple = 'GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n';
export const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

export const conversations: readonly Conversation[] = [
  {
    name: 'case, order, duplicates and odd spacing of headers, both ways',
    serve: answering(
      'HTTP/1.1 299 Strange   Phrase \xe9\r\nSET-cookie: a=1\r\nset-Cookie:b=2\r\nx-Empty:\r\nX-Tab:\t v \t\r\nX-obs: caf\xe9\r\ncontent-LENGTH:2\r\nServer: s\r\n\r\nok',
    ),
    call: calling(
      'OPTIONS /%7e/a%2Fb?q=%C3%A9&&x#y HTTP/1.1\r\nhOsT:  x \r\nX-A: 1\r\nx-a:2\r\nCookie: a=1\r\ncookie: b=2\r\nAccept:\r\nX-Obs: \xff\xfe\r\n\r\n',
    ),
  },
  {
    name: 'an answer without phrase and headers',
    serve: answering('HTTP/1.1 204\r\n\r\n'),
    call: calling(simple),
  },
  {
    name: 'large headers',
    serve: answering(`HTTP/1.1 200 OK\r\nX-Big: ${'r'.repeat(300_000)}\r\nContent-Length: 2\r\n\r\nok`),
    call: calling(`GET / HTTP/1.1\r\nHost: x\r\nX-Big: ${'q'.repeat(300_000)}\r\n\r\n`),
  },
  {
    name: 'many headers',
    serve: answering(
      `HTTP/1.1 200 OK\r\n${Array.from({ length: 5000 }, (_, n) => `X-${n}: ${n}\r\n`).join('')}Content-Length: 2\r\n\r\nok`,
    ),
    call: calling(
      `GET / HTTP/1.1\r\nHost: x\r\n${Array.from({ length: 5000 }, (_, n) => `X-${n}: ${n}\r\n`).join('')}\r\n`,
    ),
  },
  {
    name: 'a head that comes byte by byte',
    serve: answering(ok),
    call: async (caller) => {
      for (const byte of simple) {
        caller.write(byte);
        await new Promise(setImmediate);
      }
    },
  },
  {
    name: '100-continue: the body waits for the word of the service',
    serve: async (socket, heard) => {
      await heard.until('\r\n\r\n');
      socket.write('HTTP/1.1 100 Continue\r\nX-Own: 1\r\n\r\n');
      await heard.until('the body');
      socket.end(ok);
    },
    call: async (caller) => {
      caller.write('POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 8\r\n\r\n');
      await caller.until('100 Continue');
      caller.write('the body');
    },
  },
  {
    name: '100-continue refused',
    serve: async (socket, heard) => {
      await heard.until('\r\n\r\n');
      socket.end('HTTP/1.1 417 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    },
    call: calling('POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 8\r\n\r\n'),
  },
  {
    name: 'early hints, twice, before the answer',
    serve: async (socket, heard) => {
      await heard.until('\r\n\r\n');
      socket.write('HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 103 More\r\n');
      socket.write('Link: </b.css>\r\n\r\n');
      socket.end(ok);
    },
    call: calling(simple),
  },
  {
    name: 'chunks, extensions and trailers, both ways',
    serve: async (socket, heard) => {
      await heard.until('X-Sum: 9\r\n\r\n');
      socket.end(
        'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n3;a="b\xe9"\r\nabc\r\n0A\r\n0123456789\r\n000\r\nX-Sum: 13\r\nx-sum:\t13\r\n\r\n',
      );
    },
    call: calling(
      'POST / HTTP/1.1\r\nHost: x\r\nTE: trailers\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\na\r\n2;x\r\nbc\r\n0;last\r\nX-Sum: 9\r\n\r\n',
    ),
  },
  {
    name: 'a caller that closes its half and still reads',
    serve: async (socket, heard) => {
      await heard.ended();
      socket.end(ok);
    },
    call: async (caller) => {
      caller.write(simple);
      caller.socket.end();
    },
  },
  {
    name: 'a caller that closes its half in the middle of a body',
    serve: async (socket, heard) => {
      await heard.ended();
      socket.end('HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n');
    },
    call: async (caller) => {
      caller.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc');
      caller.socket.end();
    },
  },
  {
    name: 'HEAD, 204 and 304 with a length and no body',
    serve: (socket) => {
      const answers = ['200 OK', '204 No Content', '304 Not Modified'];
      socket.on('data', () => {
        socket.write(`HTTP/1.1 ${answers.shift()}\r\nContent-Length: 50\r\n\r\n`);
        if (answers.length === 0) socket.end();
      });
    },
    call: async (caller) => {
      caller.write('HEAD / HTTP/1.1\r\nHost: x\r\n\r\n');
      await caller.until('50\r\n\r\n', 1);
      caller.write('DELETE / HTTP/1.1\r\nHost: x\r\n\r\n');
      await caller.until('50\r\n\r\n', 2);
      caller.write(simple);
    },
  },
  {
    name: 'HEAD of a chunked answer',
    serve: answering('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 2),
    call: async (caller) => {
      caller.write('HEAD / HTTP/1.1\r\nHost: x\r\n\r\n');
      await caller.until('\r\n\r\n');
      caller.write('HEAD / HTTP/1.1\r\nHost: x\r\n\r\n');
    },
  },
  {
    name: 'an upgrade: bytes both ways, at once, and halves that close one after the other',
    serve: async (socket, heard) => {
      await heard.until('\r\n\r\n');
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nhello');
      await heard.until('early\0ping');
      socket.write('pong');
      await heard.ended();
      socket.end('bye');
    },
    call: async (caller) => {
      caller.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly');
      await caller.until('hello');
      caller.write('\0ping');
      await caller.until('pong');
      caller.socket.end();
      await caller.until('bye');
    },
  },
  {
    name: 'CONNECT, where the service takes it',
    serve: async (socket, heard) => {
      await heard.until('\r\n\r\n');
      socket.write('HTTP/1.1 200 Fine\r\n\r\n');
      await heard.until('through');
      socket.end('back');
    },
    call: async (caller) => {
      caller.write('CONNECT db:5432 HTTP/1.1\r\nHost: db:5432\r\n\r\n');
      await caller.until('Fine\r\n\r\n');
      caller.write('through');
      await caller.until('back');
    },
  },
  {
    name: 'server-sent events, each as it comes',
    serve: async (socket, heard) => {
      await heard.until('\r\n\r\n');
      socket.write(
        'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n',
      );
      socket.write('9\r\ndata: 1\n\n\r\n');
      // The caller answers each event over its open half, in the body of its request.
      await heard.until('got 1');
      socket.write('9\r\ndata: 2\n\n\r\n');
      await heard.until('got 2');
      socket.end('0\r\n\r\n');
    },
    call: async (caller) => {
      caller.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
      await caller.until('data: 1\n');
      caller.write('5\r\ngot 1\r\n');
      await caller.until('data: 2\n');
      caller.write('5\r\ngot 2\r\n0\r\n\r\n');
    },
  },
  {
    name: 'a caller and a service of HTTP/1.0',
    serve: answering('HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end'),
    call: calling('GET / HTTP/1.0\r\n\r\n'),
  },
  {
    name: 'HTTP/1.0 with keep-alive',
    serve: answering('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok', 2),
    call: async (caller) => {
      caller.write('GET /1 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n');
      await caller.until('ok');
      caller.write('GET /2 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n');
    },
  },
  {
    name: 'a caller that asks to close',
    serve: answering(ok),
    call: calling('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
  },
  {
    name: 'a service that says it closes',
    serve: answering('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'),
    call: calling(simple),
  },
  {
    name: 'headers about the connection, as both sides chose them',
    serve: answering(
      'HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\nContent-Length: 2\r\n\r\nok',
    ),
    call: calling(
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, X-Mine\r\nKeep-Alive: 300\r\nX-Mine: 1\r\nTE: trailers, deflate\r\n\r\n',
    ),
  },
  {
    name: 'three requests at once, answered in order',
    serve: answering(ok, 3),
    call: calling(simple.repeat(3)),
  },
  {
    name: 'pipelined requests with bodies',
    serve: async (socket, heard) => {
      for (const body of ['one', 'two']) {
        await heard.until(body);
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n${body}`);
      }
      socket.end();
    },
    call: calling(
      'POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nonePOST /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n',
    ),
  },
  {
    name: 'an answer that is whole before the request is',
    serve: async (socket, heard) => {
      await heard.until('first');
      socket.write(ok);
      await heard.until('second');
      await heard.until('GET /after');
      socket.end(ok);
    },
    call: async (caller) => {
      caller.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nfirst');
      await caller.until('ok');
      caller.write('second');
      caller.write('GET /after HTTP/1.1\r\nHost: x\r\n\r\n');
    },
  },
  {
    name: 'an answer with a length that breaks off',
    serve: answering('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nnot all'),
    call: calling(simple),
  },
  {
    name: 'a chunked answer that breaks off',
    serve: answering('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n'),
    call: calling(simple),
  },
  {
    name: 'a head that breaks off',
    serve: answering('HTTP/1.1 200 OK\r\nContent-Le'),
    call: calling(simple),
  },
  { name: 'no answer at all', serve: answering(''), call: calling(simple) },
  {
    name: 'an answer without length that is reset',
    serve: async (socket, heard) => {
      await heard.until('\r\n\r\n');
      socket.write('HTTP/1.1 200 OK\r\n\r\nlooks whole');
      await heard.until('got it');
      socket.resetAndDestroy();
    },
    call: async (caller) => {
      caller.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n');
      await caller.until('whole');
      caller.write('got it');
    },
  },
  {
    name: 'a service that resets before it answers',
    serve: async (socket, heard) => {
      await heard.until('\r\n\r\n');
      socket.resetAndDestroy();
    },
    call: calling(simple),
  },
  {
    name: 'a caller that resets while it waits',
    serve: () => {},
    call: async (caller) => {
      caller.write(simple);
      await new Promise((resolve) => setTimeout(resolve, 50));
      caller.socket.resetAndDestroy();
    },
  },
];
