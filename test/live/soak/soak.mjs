#!/usr/bin/env node
/**
 * `npm run soak [-- --minutes 10 --rate 1200]`: connections at a steady rate, beside them 50 sockets that reconnect and want one slot, and a UDP
 * server with 100,000 peers. Every end must be told once, identities must be unique, `verify` must agree, and memory must not grow. Takes root.
 * Exit status 1 when something is wrong.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url));
const { values: options } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, rate: { type: 'string', default: '1200' } },
});
const SECONDS = 60 * Number(options.minutes);
const run = promisify(execFile);

/** MiB of resident memory, anonymous pages only: what is mapped of files comes and goes. */
const memory = (pid) => Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

async function startTracer(folder) {
  const ready = join(folder, 'ready');
  const child = spawn(`${CHECKOUT}bin/conntrail`, ['observe', '-o', 'ndjson', '--ready-file', ready], {
    stdio: ['ignore', openSync(join(folder, 'out.ndjson'), 'w'), 'inherit'],
  });
  process.on('exit', () => child.kill('SIGINT'));
  while (!existsSync(ready)) {
    if (child.exitCode !== null) throw new Error(`conntrail ended with ${child.exitCode}`);
    await sleep(20);
  }
  return child;
}

/** What the output says: closed ends by namespace and protocol, identities that come twice, datagrams of the server. */
async function read(path, inode, port) {
  const ends = { flood: 0, reconnects: 0, udp: 0 };
  const server = { records: 0, received: 0, sent: 0 };
  const identities = new Set();
  let repeated = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const record = JSON.parse(line);
    if (record.record !== 'connection' || record.state !== 'closed') continue;
    const identity = `${record.netns.cookie}/${record.cookie}/${record.generation}`;
    if (identities.has(identity)) repeated++;
    identities.add(identity);
    const inside = record.netns.inode === inode;
    if (inside && record.protocol === 'udp') {
      ends.udp++;
      if (record.local.port !== port) continue;
      server.records++;
      server.received += record.total.received_packets;
      server.sent += record.total.sent_packets;
    } else if (inside) ends.reconnects++;
    else if (record.protocol === 'tcp' && record.process?.name === 'conntrail-flood') ends.flood++;
  }
  return { ends, server, repeated, identities: identities.size };
}

const folder = mkdtempSync(join(tmpdir(), 'conntrail-soak-'));
const tracer = await startTracer(folder);
const began = memory(tracer.pid);
const grown = [];
const sampler = setInterval(() => {
  grown.push(Math.round(memory(tracer.pid)));
  console.log(`${String(grown.length * 30).padStart(5)} s  ${grown.at(-1)} MiB`);
}, 30_000);
const [flood, beside] = await Promise.all([
  run(`${CHECKOUT}build/test/conntrail-flood`, [String(SECONDS), '2', options.rate]),
  run('python3', [`${CHECKOUT}test/live/soak/traffic.py`, String(SECONDS)]),
]);
clearInterval(sampler);
await sleep(1000);
const ended = once(tracer, 'close');
tracer.kill('SIGINT');
const [status] = await ended;
const [made] = flood.stdout.split(' ').map(Number);
const did = JSON.parse(beside.stdout);
const output = join(folder, 'out.ndjson');
const told = await read(output, did.inode, did.port);
const verified = await run(`${CHECKOUT}bin/conntrail`, ['verify', '-o', 'json', output]).catch((error) => error);

const half = grown.slice(grown.length / 2);
const wrong = [
  ['status of observe', status, 0],
  ['verify', verified.code ?? 0, 0],
  ['ends of the flood', told.ends.flood, 2 * made],
  ['ends of sockets that reconnect', told.ends.reconnects, 2 * did.reconnects],
  ['datagrams the server received', told.server.received, did.answered + 1],
  ['datagrams the server sent', told.server.sent, did.answered],
  ['UDP ends but the server’s', told.ends.udp - told.server.records, did.asked + 1],
  ['identities told twice', told.repeated, 0],
].filter(([, is, right]) => is !== right);
const { types, lost } = JSON.parse(verified.stdout);
const closed = types.connection?.units ?? 0;
console.log(
  JSON.stringify({
    seconds: SECONDS,
    connections: made,
    ...did,
    told,
    verify: { closed, lost },
    mib: { began: Math.round(began), grown },
  }),
);
for (const [name, is, right] of wrong) console.log(`wrong: ${name}: ${is}, not ${right}`);
if (half.length > 1) console.log(`memory, second half: ${Math.min(...half)} to ${Math.max(...half)} MiB`);
rmSync(folder, { recursive: true });
process.exitCode = wrong.length > 0 ? 1 : 0;
