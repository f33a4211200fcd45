/** What README and the docs show as commands, programs and outputs, so that tests can run it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm;
/** An output, with the command it is of in a comment before it. */
const OUTPUT = /^<!-- output of: (.+) -->\n```(\w*)\n([\s\S]*?)^```$/gm;
/** Code in a sentence that is a command: it begins with one, and has an argument or is a path of a program. */
const COMMAND =
  /^(?:[A-Z_]+=\S+ )*(?:(?:sudo|npm|npx|bash|node|make|git) |(?:sudo )?(?:bin\/)?conntrail \w|(?:scripts|bin|test)\/\S*(?:\s|setup$))/;
/** The widest line of a wrapped record. */
const COLUMNS = 128;

export interface Command {
  readonly file: string;
  readonly text: string;
}

export interface Output {
  readonly file: string;
  readonly command: string;
  readonly language: string;
  readonly shown: string;
}

/** Whether it is a command of ours. */
export function isConntrail(command: string): boolean {
  return /^(sudo .*)?(bin\/)?conntrail \w/.test(command);
}

/** Paths of the documents, from the checkout. */
export function documents(): string[] {
  const below = (folder: string) =>
    readdirSync(join(CHECKOUT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  return ['README.md', ...below('docs'), 'benchmarks/README.md'].filter((name) => name.endsWith('.md')).sort();
}

export function read(file: string): string {
  return readFileSync(join(CHECKOUT, file), 'utf8');
}

/** Fenced shell lines without their comments, examples of help texts, and commands within sentences, in order. */
export function commands(file: string): Command[] {
  const text = read(file);
  const found: { at: number; text: string }[] = [];
  for (const match of text.matchAll(FENCE)) {
    const [, language, body] = match;
    const whole = body!.replaceAll(/ \\\n\s*/g, ' ').split('\n');
    const lines = whole.filter((line) => line !== '' && !line.startsWith('#'));
    const examples = language === 'help' ? body!.split('\nExamples:\n')[1] : undefined;
    if (language === 'sh') for (const line of lines) found.push({ at: match.index, text: line.replace(/\s+#.*$/, '') });
    if (examples === undefined) continue;
    for (const line of examples.split('\n').filter((line) => line.startsWith('  '))) {
      found.push({ at: match.index, text: line.trim().split(/ {2,}/)[0]! });
    }
  }
  const prose = text.replaceAll(FENCE, (block) => ' '.repeat(block.length));
  for (const match of prose.matchAll(/`([^`]+)`/g)) {
    const span = match[1]!.replaceAll(/\s+/g, ' ');
    if (COMMAND.test(span)) found.push({ at: match.index, text: span });
  }
  return found.sort((a, b) => a.at - b.at).map(({ text }) => ({ file, text }));
}

/** Fenced programs, of a document or of the comments of a source. */
export function programs(file: string): Command[] {
  return [
    ...read(file)
      .replaceAll(/^ \* ?/gm, '')
      .matchAll(FENCE),
  ]
    .filter(([, language]) => language === 'js' || language === 'ts')
    .map(([, , body]) => ({ file, text: body! }));
}

export function outputs(file: string): Output[] {
  return [...read(file).matchAll(OUTPUT)].map(([, command, language, shown]) => ({
    file,
    command: command!,
    language: language!,
    shown: shown!,
  }));
}

/** The document with every output replaced by what `output` says of it. */
export function withOutputs(file: string, output: (command: string, language: string) => string): string {
  return read(file).replaceAll(OUTPUT, (_, command: string, language: string) => {
    const shown = output(command, language);
    return `<!-- output of: ${command} -->\n\`\`\`${language}\n${shown}\`\`\``;
  });
}

/** An output as a document shows it: long JSON lines are broken after commas, what follows is indented by one. */
export function wrapped(text: string, language: string): string {
  if (language !== 'json') return text;
  return text.replaceAll(/^.+$/gm, (record) => {
    const lines: string[] = [];
    let line = '';
    for (const part of record.split(/(?<=,)(?=["{[])/)) {
      if (line !== '' && line.length + part.length > COLUMNS) {
        lines.push(line);
        line = ' ';
      }
      line += part;
    }
    return [...lines, line].join('\n');
  });
}
