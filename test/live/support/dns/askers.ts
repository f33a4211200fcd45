/** Everything that asks for names in its own way: what it was told to ask, and what it says it got. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAMS } from './programs.js';
import type { World } from './world.js';

/** What a resolver of programs said of one name. */
export interface Lookup {
  readonly name: string;
  readonly error: string | null;
  readonly addresses: readonly string[];
}

/** One question and its outcome, as who asked tells it. */
export interface Outcome {
  readonly name: string;
  readonly type: string;
  /** null: no answer came. */
  readonly rcode: string | null;
}

function lines<T>(text: string): T[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}

/** A C library's getaddrinfo, or Go's resolver. */
export async function lookUp(world: World, program: string, names: readonly string[]): Promise<Lookup[]> {
  const { stdout } = await world.run(program, [], { input: names.map((name) => `${name}\n`).join('') });
  return lines(stdout);
}

/** c-ares. @param questions `NAME TYPE` each */
export async function lookUpByCares(world: World, server: string, questions: readonly string[]) {
  const input = questions.map((question) => `${question}\n`).join('');
  const { stdout } = await world.run(process.execPath, [PROGRAMS.cares, server], { input });
  return lines<{ name: string; type: string; error: string | null; answer: unknown }>(stdout);
}

/** dig, each question once. @param questions `NAME TYPE [OPTIONS]` each */
export async function dig(
  world: World,
  server: string,
  port: number,
  questions: readonly string[],
): Promise<Outcome[]> {
  const each = questions.flatMap((question) => ['+noall', '+comments', '+question', ...question.split(' ')]);
  const once = ['+tries=1', '+time=1', '+nocookie'];
  const args = [`@${server}`, '-p', String(port), ...once, ...each];
  const { stdout } = await world.run('dig', args, { mayFail: true });
  const answers = stdout.matchAll(/status: (\S+), id: \d+[\s\S]*?\n;(\S+)\s+IN\s+(\S+)/g);
  return [...answers].map(([, rcode, name, type]) => ({
    name: name!.replace(/(?<=.)\.$/, ''),
    type: type!,
    rcode: rcode!,
  }));
}

/** What dnsperf says at its end. */
export interface Performance {
  readonly sent: number;
  readonly completed: number;
  readonly perSecond: number;
  readonly rcodes: Readonly<Record<string, number>>;
}

/** dnsperf over a list of `NAME TYPE`. */
export async function dnsperf(world: World, questions: string, ...options: string[]): Promise<Performance> {
  const file = join(world.folder, 'questions');
  writeFileSync(file, questions);
  const { stdout } = await world.run('dnsperf', ['-s', '127.0.0.1', '-d', file, ...options]);
  const number = (label: string) => Number(new RegExp(`${label}:\\s+([\\d.]+)`).exec(stdout)![1]);
  const rcodes = /Response codes:\s+(.*)/.exec(stdout)?.[1] ?? '';
  return {
    sent: number('Queries sent'),
    completed: number('Queries completed'),
    perSecond: number('Queries per second'),
    rcodes: Object.fromEntries([...rcodes.matchAll(/(\w+) (\d+)/g)].map(([, rcode, n]) => [rcode!, Number(n)])),
  };
}
