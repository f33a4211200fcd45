import { spawn } from 'node:child_process';

/** What a subject prints on its last line. */
export type Result = Readonly<Record<string, number | string>>;

export interface Command {
  file: string;
  arguments: readonly string[];
  cwd?: string;
}

/** Runs a command to its end and returns all it printed. Rejects with its error output when it fails. */
export async function run(command: Command): Promise<string> {
  const child = spawn(command.file, command.arguments, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: command.cwd,
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) {
    throw new Error(
      `${command.file} ${command.arguments.join(' ')} ended with ${code}\n${Buffer.concat(err).toString()}`,
    );
  }
  return Buffer.concat(out).toString();
}

/** Runs a subject and parses its last line. */
export async function measure(command: Command): Promise<Result> {
  const lines = (await run(command)).trimEnd().split('\n');
  return JSON.parse(lines.at(-1)!) as Result;
}

/** The value of a result that must be a number. */
export function number(result: Result, name: string): number {
  const value = result[name];
  if (typeof value !== 'number') throw new Error(`a subject did not say its ${name}: ${JSON.stringify(result)}`);
  return value;
}
