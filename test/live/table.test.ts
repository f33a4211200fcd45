/** The table on a real terminal, of util-linux's script. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { CHECKOUT, COMMAND } from './support/checkout.js';

test('the rates of a connection older than conntrail do not begin with its past', async (context) => {
  need(context, 'live', lacksLive());
  for (const command of ['script', 'stty']) need(context, 'live', lacksCommand(command));
  const peers: Socket[] = [];
  const server = createServer((peer) => void peers.push(peer.resume()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const client = connect(port, '127.0.0.1');
  await once(client, 'connect');
  const past = 20_000_000;
  await new Promise((resolve) => client.write(Buffer.alloc(past), resolve));

  const observe = `stty cols 100 rows 12; exec ${COMMAND} observe --for 5s --color never --port remote:${port}`;
  const terminal = spawn('script', ['-qec', observe, '/dev/null'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  terminal.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const trickle = setInterval(() => client.write(Buffer.alloc(1000)), 100);
  await once(terminal, 'close');
  clearInterval(trickle);
  for (const peer of peers) peer.destroy();
  client.destroy();
  await new Promise((resolve) => server.close(resolve));

  const lines = text.replaceAll('\r', '').trimEnd().split('\n');
  for (const line of lines) expect(line.length, line).toBeLessThan(100);
  for (const line of lines.filter((line) => line.startsWith('conntrail: '))) expect(line.length).toBeLessThan(80);
  const header = lines.find((line) => line.includes('SENT/s'))!;
  const rows = lines
    .filter((line) => line.includes(`:${port} `))
    .map((line) => line.slice(header.indexOf(' SENT ')).trim().split(/ +/));
  expect(rows.length).toBeGreaterThan(2);
  expect(rows[0]).toEqual(['19M', '0', '-', '-', 'past']);
  for (const [sent, received, sentRate, receivedRate, result] of rows.slice(1)) {
    expect([sent, received, receivedRate, result]).toEqual(['19M', '0', '0', 'open']);
    // 10 kB a second, as well as a busy machine keeps to it.
    expect(sentRate).toMatch(/^(\d{1,3}|\d\d?(\.\d)?K)$/);
  }
});

test('follows the terminal when its size changes, and shows its header again', async (context) => {
  for (const command of ['script', 'stty']) need(context, 'live', lacksCommand(command));
  const replay = `exec ${COMMAND} replay --records connection --pace original --color never ${CHECKOUT}test/recordings/sample.ctr`;
  const terminal = spawn('script', ['-qec', `tty; stty cols 80 rows 12; ${replay}`, '/dev/null'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  let resized = false;
  terminal.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (resized || text.split('REMOTE').length < 3) return;
    resized = true;
    execFileSync('stty', ['-F', text.split(/\r?\n/)[0]!, 'cols', '132']);
  });
  await once(terminal, 'close');
  text = text.slice(text.indexOf('\n') + 1);
  const lines = text.replaceAll('\r', '').trimEnd().split('\n');
  const headers = lines.flatMap((line, i) => (line.includes('REMOTE') ? [[i, line.length] as const] : []));
  expect(headers.slice(0, 2)).toEqual([
    [0, 79],
    [11, 79],
  ]);
  const wider = headers.findIndex(([, width]) => width === 131);
  expect(wider).toBeGreaterThan(1);
  expect(headers.slice(wider).every(([, width]) => width === 131)).toBe(true);
  for (const [i, line] of lines.entries()) expect(line.length).toBeLessThan(i < headers[wider]![0] ? 80 : 132);
});
