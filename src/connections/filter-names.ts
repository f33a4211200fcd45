import type { ConnectionTerms, FilterEnd, NamePattern } from './filter.js';
import type { RecordBatch } from './record-batch.js';

interface CompiledName {
  readonly end: FilterEnd;
  /** Between its stars. */
  readonly parts: readonly string[];
}

/** The names that one set of terms asks for: a pattern matches when any name of its ends does. */
export class FilterNames {
  readonly #patterns: readonly CompiledName[];

  constructor({ dnsNames = [] }: ConnectionTerms) {
    this.#patterns = dnsNames.map(compile);
  }

  /** Whether any name is asked for. */
  get given(): boolean {
    return this.#patterns.length > 0;
  }

  /** Whether a name of the record at this place of the batch matches; one of which no name is known matches nothing. */
  matches({ localNames, remoteNames }: RecordBatch, place: number): boolean {
    const local = localNames.column.handles[place]!;
    const remote = remoteNames.column.handles[place]!;
    if ((local | remote) === 0) return false;
    const localTexts = local === 0 ? undefined : localNames.join.fragments.texts?.(local);
    const remoteTexts = remote === 0 ? undefined : remoteNames.join.fragments.texts?.(remote);
    for (let i = 0; i < this.#patterns.length; i++) {
      const pattern = this.#patterns[i]!;
      if (pattern.end !== 'local' && remoteTexts !== undefined && anyMatches(remoteTexts, pattern)) return true;
      if (pattern.end !== 'remote' && localTexts !== undefined && anyMatches(localTexts, pattern)) return true;
    }
    return false;
  }
}

/** Names are told in lower case and without the dot at their end, and so are patterns. */
function compile({ end, pattern }: NamePattern): CompiledName {
  const lower = pattern.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
  return { end, parts: (lower.length > 1 && lower.endsWith('.') ? lower.slice(0, -1) : lower).split('*') };
}

function anyMatches(texts: readonly string[], { parts }: CompiledName): boolean {
  for (let i = 0; i < texts.length; i++) if (fits(texts[i]!, parts)) return true;
  return false;
}

/** Whether the text has the parts in their order, with anything between them. What comes first is enough: a later place leaves less for the rest. */
function fits(text: string, parts: readonly string[]): boolean {
  const first = parts[0]!;
  if (parts.length === 1) return text === first;
  const last = parts[parts.length - 1]!;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (let i = 1; i < parts.length - 1; i++) {
    const found = text.indexOf(parts[i]!, at);
    if (found < 0 || found + parts[i]!.length > end) return false;
    at = found + parts[i]!.length;
  }
  return true;
}
