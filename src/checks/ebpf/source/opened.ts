import { constants } from 'node:os';
import type { BpfKind, NativeBpf } from '../../../native/index.js';
import type { REASON } from '../layout.gen.js';

const { ENOENT, EPERM, EACCES } = constants.errno;

/** What became of opening one object. `vanished`: it has gone since it was listed. */
export type Opened<T> = { readonly info: T } | { readonly reason: keyof typeof REASON | 'vanished' };

/** Opens an object for as long as `look` takes. */
export function opened<T>(
  bpf: Pick<NativeBpf, 'open' | 'close'>,
  kind: BpfKind,
  id: number,
  look: (descriptor: number) => T | number,
): Opened<T> {
  const descriptor = bpf.open(kind, id);
  if (descriptor < 0) {
    if (descriptor === -ENOENT) return { reason: 'vanished' };
    return { reason: descriptor === -EPERM || descriptor === -EACCES ? 'refused' : 'no_descriptor' };
  }
  try {
    const info = look(descriptor);
    return typeof info === 'number' ? { reason: 'no_descriptor' } : { info };
  } finally {
    bpf.close(descriptor);
  }
}
