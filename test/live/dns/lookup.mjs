/**
 * Usage: lookup.mjs SERVER < LINES
 * Asks c-ares (Node's dns.Resolver) for each line, `NAME TYPE`, and prints as JSON what it said: a line each.
 */
import { Resolver } from 'node:dns/promises';
import { createInterface } from 'node:readline';

const resolver = new Resolver({ tries: 1, timeout: 2000 });
resolver.setServers([process.argv[2]]);
for await (const line of createInterface({ input: process.stdin })) {
  const [name, type] = line.split(' ');
  const said = await resolver.resolve(name, type).then(
    (answer) => ({ error: null, answer }),
    ({ code }) => ({ error: code, answer: null }),
  );
  console.log(JSON.stringify({ name, type, ...said }));
}
