/** UDP traffic of a few lines of Python, and what was told of it. */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { inFolder } from './checkout.js';
import { Observer } from './observe.js';
import { type ConnectionLine, readOutput } from './output.js';

/** What every script may use: `udp` binds, `port` tells where. */
const PRELUDE = `
import json, socket, struct, subprocess, time
def udp(address='127.0.0.1', family=socket.AF_INET):
    s = socket.socket(family, socket.SOCK_DGRAM); s.settimeout(2); s.bind((address, 0)); return s
port = lambda s: s.getsockname()[1]
def pair(address='127.0.0.1', family=socket.AF_INET):
    s, c = udp(address, family), udp(address, family); c.connect(s.getsockname()[:2]); return s, c
def dead(address='127.0.0.1', family=socket.AF_INET):
    s = udp(address, family); p = port(s); s.close(); return p
`;

/** Runs a script that prints the local ports of interest as JSON; gives the closed records of each port. */
export async function closedOf(script: string, ...options: string[]): Promise<ConnectionLine[][]> {
  return await inFolder(async (folder) => {
    const observer = await Observer.start(folder, ...options);
    const ports = JSON.parse(execFileSync('python3', ['-c', `${PRELUDE}${script}`], { encoding: 'utf8' })) as number[];
    await sleep(300);
    const { status, errors } = await observer.stop();
    expect(status, errors).toBe(0);
    const { connections: records } = readOutput(observer.output);
    return ports.map((port) =>
      records.filter((r) => r.protocol === 'udp' && r.local.port === port && r.state === 'closed'),
    );
  });
}
