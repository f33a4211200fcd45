#!/usr/bin/env node
/**
 * Usage: sudo scripts/record-sample.mjs [FILE]
 *
 * Makes the bundled recording (test/recordings/sample.ctr): real traffic between two network namespaces of its own, recorded by the built
 * command under a neutral host name. Run it again whenever the wire layout changes: a recording is read only by a build with the same
 * layout. It refuses to leave a recording behind that holds a conversation of anyone else on this machine.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const SERVER = { 4: '192.0.2.1', 6: '2001:db8::1' }; // addresses for documentation
const CLIENT = { 4: '192.0.2.2', 6: '2001:db8::2' };
const ECHO_PORT = 8080;
const RESET_PORT = 8081;
const REFUSED_PORT = 8082;
const DATAGRAM_PORT = 5353;

const self = fileURLToPath(import.meta.url);
const checkout = fileURLToPath(new URL('..', import.meta.url));

/** Answers each TCP request with three times its bytes, resets on another port, and echoes datagrams. */
async function serve() {
  process.title = 'sample-server';
  const echo = createServer({ allowHalfOpen: true }, (socket) => {
    let bytes = 0;
    socket.on('data', (data) => {
      bytes += data.length;
    });
    socket.on('end', () => socket.end(Buffer.alloc(bytes * 3)));
  });
  const reset = createServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
  echo.listen(ECHO_PORT, '::');
  reset.listen(RESET_PORT, '::');
  for (const family of [4, 6]) {
    const socket = createSocket(`udp${family}`);
    socket.on('message', (data, { port, address }) => socket.send(data, port, address));
    socket.bind(DATAGRAM_PORT, SERVER[family]);
    await once(socket, 'listening');
  }
  process.stdout.write('ready\n');
}

async function talk() {
  process.title = 'sample-client';
  for (let n = 1; n <= 24; n++) {
    const socket = connect({ host: SERVER[n % 3 === 0 ? 6 : 4], port: ECHO_PORT });
    socket.resume().end(Buffer.alloc(1009 * n));
    await closed(socket);
  }
  for (const [port, host] of [
    [RESET_PORT, SERVER[4]],
    [RESET_PORT, SERVER[6]],
    [REFUSED_PORT, SERVER[4]],
    [REFUSED_PORT, SERVER[6]],
  ]) {
    const socket = connect({ host, port }).on('error', () => {});
    socket.write('reset, please');
    await closed(socket);
  }
  for (const family of [4, 6]) {
    const socket = createSocket(`udp${family}`);
    for (let n = 1; n <= 5; n++) {
      socket.send(Buffer.alloc(31 * n), DATAGRAM_PORT, SERVER[family]);
      await once(socket, 'message');
    }
    socket.close();
  }
  // One that stays open over two flushes.
  const socket = connect({ host: SERVER[4], port: ECHO_PORT });
  socket.resume().write(Buffer.alloc(65_537));
  await sleep(1500);
  socket.end();
  await closed(socket);
}

/** Unlike events.once, does not mind an error before the close: being refused and reset is the point. */
const closed = (socket) => new Promise((resolve) => socket.on('close', resolve));

const ip = (...args) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });
const inside = (namespace, role) =>
  spawn('ip', ['netns', 'exec', namespace, process.execPath, self, role], { stdio: ['ignore', 'pipe', 'inherit'] });

async function record(file) {
  const folder = mkdtempSync(join(tmpdir(), 'conntrail-sample-'));
  const [a, b] = [`ct-sample-a-${process.pid}`, `ct-sample-b-${process.pid}`];
  let server;
  try {
    for (const namespace of [a, b]) ip('netns', 'add', namespace);
    ip('link', 'add', 'ct0', 'netns', a, 'type', 'veth', 'peer', 'name', 'ct0', 'netns', b);
    for (const [namespace, address] of [
      [a, SERVER],
      [b, CLIENT],
    ]) {
      ip('-n', namespace, 'address', 'add', `${address[4]}/24`, 'dev', 'ct0');
      ip('-n', namespace, 'address', 'add', `${address[6]}/64`, 'dev', 'ct0', 'nodad');
      ip('-n', namespace, 'link', 'set', 'lo', 'up');
      ip('-n', namespace, 'link', 'set', 'ct0', 'up');
    }
    server = inside(a, 'serve');
    await once(server.stdout, 'data');

    rmSync(file, { force: true });
    const ready = join(folder, 'ready');
    // A UTS namespace of its own: the recording carries its host's name.
    const command = `hostname sample && exec ${join(checkout, 'bin/conntrail')} record ${file} --ready-file ${ready}`;
    const tracer = spawn('unshare', ['--uts', 'sh', '-c', command], { stdio: 'inherit' });
    const ended = once(tracer, 'exit');
    while (!existsSync(ready) && tracer.exitCode === null) await sleep(20);
    const [talked] = await once(inside(b, 'talk'), 'exit');
    tracer.kill('SIGINT');
    const [code] = await ended;
    if (talked !== 0 || code !== 0) throw new Error(`the client exited with ${talked}, record with ${code}`);
    chmodSync(file, 0o644);
  } finally {
    server?.kill();
    for (const namespace of [a, b]) execFileSync('ip', ['netns', 'delete', namespace], { stdio: 'ignore' });
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Throws unless every connection of the recording is one of ours. */
function inspect(file) {
  const text = execFileSync(join(checkout, 'bin/conntrail'), ['replay', file, '-o', 'ndjson'], { encoding: 'utf8' });
  const connections = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ record }) => record === 'connection');
  const ours = [...Object.values(SERVER), ...Object.values(CLIENT)];
  const strangers = connections.filter(
    ({ local, remote }) => !(ours.includes(local?.address) || ours.includes(remote?.address)),
  );
  if (strangers.length > 0) {
    rmSync(file);
    throw new Error(`${strangers.length} records of other traffic got in; try again when the machine is quiet`);
  }
  console.log(`${file}: ${connections.length} connection records`);
}

const role = process.argv[2];
if (role === 'serve') await serve();
else if (role === 'talk') await talk();
else {
  const file = role ?? join(checkout, 'test/recordings/sample.ctr');
  await record(file);
  inspect(file);
}
