/**
 * Usage: order-server.mjs PORT TTL
 * Answers on 127.0.0.1:53 each question for an A record whose name begins with an address, `127-0-0-9.what.ever`, with that address; and takes
 * TCP connections on PORT of every address, each for as long as its other end does. Prints `ready`.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

const [port, ttl] = process.argv.slice(2).map(Number);
const NXDOMAIN = 3;
const A = 1;

/** Place behind the name that begins at `at`. */
function behindName(message, at) {
  let place = at;
  while (message[place] !== 0) place += message[place] + 1;
  return place + 1;
}

function answerTo(query) {
  const end = behindName(query, 12) + 4;
  const label = query.toString('latin1', 13, 13 + query[12]);
  const address = label.split('-').map(Number);
  const isKnown = query.readUInt16BE(end - 4) === A && address.length === 4;
  const answer = isKnown ? Buffer.alloc(16) : Buffer.alloc(0);
  if (isKnown) {
    answer.writeUInt16BE(0xc00c, 0);
    answer.writeUInt16BE(A, 2);
    answer.writeUInt16BE(1, 4);
    answer.writeUInt32BE(ttl, 6);
    answer.writeUInt16BE(4, 10);
    Buffer.from(address).copy(answer, 12);
  }
  // Without what the asker added (EDNS): one question, one answer.
  const message = Buffer.concat([query.subarray(0, end), answer]);
  message.writeUInt16BE(0x8180 | (isKnown ? 0 : NXDOMAIN), 2);
  message.writeUInt16BE(isKnown ? 1 : 0, 6);
  message.writeUInt16BE(0, 8);
  message.writeUInt16BE(0, 10);
  return message;
}

const names = createSocket('udp4');
names.on('message', (query, { port, address }) => names.send(answerTo(query), port, address));
names.bind(53, '127.0.0.1');
await once(names, 'listening');
const server = createServer((socket) => socket.on('error', () => {}).resume());
server.listen({ port, host: '0.0.0.0', backlog: 4096 });
await once(server, 'listening');
console.log('ready');
