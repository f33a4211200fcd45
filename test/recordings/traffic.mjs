/**
 * The traffic of the sample recording, on the loopback of a network namespace of its own, with addresses reserved for documentation:
 * a web server over IPv4 and IPv6, a long connection, DNS with and without answers, a refused and a reset connection.
 *
 * Usage: traffic.mjs [ROLE]; without a role it starts every role as a process of its own and ends when the clients have ended.
 */
import { fork } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveNames } from './names.mjs';

const V4 = '192.0.2.10';
const V6 = '2001:db8::10';
const RESOLVER = '192.0.2.53';
const PAGE = Buffer.alloc(48_611, 'x');

/** Resolves when the connection is over, however it ended. */
const over = (socket) => new Promise((resolve) => socket.on('error', () => {}).on('close', resolve));

/** Somebody who asks the resolver, once, and waits for 70 ms. */
function ask() {
  const resolver = new Resolver({ tries: 1, timeout: 70 });
  resolver.setServers([RESOLVER]);
  return resolver;
}

function request(host, port, text) {
  const socket = connect(port, host, () => socket.end(text));
  socket.resume();
  return over(socket);
}

const roles = {
  'web-server': () => {
    for (const host of [V4, V6]) {
      createServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', (data) => {
          // One path makes it give up in the middle: the client sees a reset.
          if (data.includes('/crash')) socket.write(PAGE.subarray(0, 1009), () => socket.resetAndDestroy());
          else socket.end(PAGE.subarray(0, 1000 + 37 * data.length));
        });
      }).listen(443, host);
    }
  },
  database: () => {
    createServer((socket) =>
      socket.on('error', () => {}).on('data', (data) => socket.write(data.subarray(0, 97))),
    ).listen(5432, V4);
  },
  resolver: () => serveNames(RESOLVER),
  shop: async () => {
    // By an alias, and both families at once.
    const resolver = ask();
    await Promise.all([resolver.resolve4('shop.example'), resolver.resolve6('shop.example')]);
    for (let i = 0; i < 29; i++) {
      await request(i % 3 === 0 ? V6 : V4, 443, `GET /${'p'.repeat(i)} HTTP/1.1\r\n\r\n`);
      await sleep(90);
    }
    await request(V4, 443, 'GET /crash HTTP/1.1\r\n\r\n');
    await request(V4, 8080, 'GET / HTTP/1.1\r\n\r\n');
  },
  report: async () => {
    await ask().resolve4('db.shop.example');
    const socket = connect(5432, V4);
    socket.resume();
    for (let i = 0; i < 31; i++) {
      socket.write(Buffer.alloc(211 + i));
      await sleep(100);
    }
    socket.end();
    await over(socket);
  },
  lookup: async () => {
    for (let i = 0; i < 13; i++) {
      // One socket each. Every sixth query is not answered, every fifth is for what is not there.
      const name = i % 6 === 0 ? 'silent.example' : i % 5 === 0 ? 'missing.shop.example' : 'www.shop.example';
      await ask()
        .resolve4(name)
        .catch(() => {});
      await sleep(120);
    }
  },
};

const role = process.argv[2];
if (role !== undefined) {
  process.title = role;
  await roles[role]();
} else {
  const start = (name) => fork(new URL(import.meta.url), [name]);
  const servers = ['web-server', 'database', 'resolver'].map(start);
  await sleep(400);
  const clients = ['shop', 'report', 'lookup'].map(start);
  await Promise.all(clients.map((client) => new Promise((resolve) => client.on('exit', resolve))));
  for (const server of servers) server.kill();
}
