/** Which fields of records are not known on a kernel. */
import type { ConnectionLine } from '../live/support/output.js';
import type { RunResult } from './result.js';

/** Of such connections something is never known, whatever the kernel. */
const UNKNOWN_ANYWHERE = new Set(['older', 'refused', 'nobody there', 'not asked']);

/** Paths of what is null in a record; a process that is only the one that listened counts as one that is not known. */
function nullsOf(record: object, prefix = ''): string[] {
  return Object.entries(record).flatMap(([name, value]: [string, unknown]) => {
    const path = `${prefix}${name}`;
    if (value === null) return [path];
    return typeof value === 'object' ? nullsOf(value, `${path}.`) : [];
  });
}

/** By protocol, sorted, with commas between: null in at least one closed record of an end that the run made. */
export function nullFields({ ends, udp }: RunResult, lines: readonly ConnectionLine[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [protocol, made] of [
    ['tcp', ends],
    ['udp', udp],
  ] as const) {
    const asked = new Set(
      made.filter(({ kind }) => !UNKNOWN_ANYWHERE.has(kind)).map(({ local, remote }) => `${local} ${remote}`),
    );
    const found = new Set<string>();
    for (const line of lines) {
      if (line.protocol !== protocol || line.state !== 'closed') continue;
      if (!asked.has(`${line.local.port} ${line.remote?.port}`)) continue;
      for (const path of nullsOf(line)) found.add(path);
      if (line.process?.source === 'listener') found.add('process (only who listened)');
    }
    // Most connections do not fail; and names are for DNS to tell, which the run does without.
    for (const name of ['failure', 'local.names', 'remote.names']) found.delete(name);
    fields[protocol] = [...found].sort().join(', ');
  }
  return fields;
}
