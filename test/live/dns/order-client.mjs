/**
 * Usage: order-client.mjs PORT < LINES
 * For each line, `NAME HOLD_MS`, asks 127.0.0.1 for the name's address, by c-ares, connects to its PORT at once, and leaves: at once too with 0,
 * else after so long, while the next lines go on. A line `wait MS` only waits. Prints the number of connections made.
 */
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const port = Number(process.argv[2]);
const resolver = new Resolver({ tries: 3, timeout: 2000 });
resolver.setServers(['127.0.0.1']);
const held = [];
const addresses = new Map();
let made = 0;

async function leave(socket, after) {
  if (after > 0) await sleep(after);
  socket.end();
  await once(socket, 'close');
}

for await (const line of createInterface({ input: process.stdin })) {
  const [name, number] = line.split(' ');
  const ms = Number(number);
  if (name === 'wait') {
    await sleep(ms);
    continue;
  }
  // `=NAME`: without asking again.
  const isKnown = name.startsWith('=');
  const asked = isKnown ? name.slice(1) : name;
  if (!isKnown) addresses.set(asked, (await resolver.resolve4(asked))[0]);
  const socket = connect(port, addresses.get(asked));
  await once(socket, 'connect');
  made++;
  if (ms === 0) await leave(socket, 0);
  else held.push(leave(socket, ms));
}
await Promise.all(held);
console.log(made);
