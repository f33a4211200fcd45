/** The kernels that are booted, and what of the tracer works there. */
export interface Kernel {
  /** As vm/run takes it. */
  readonly name: string;
  /** UDP is counted: cgroup programs may use task storage (6.16). */
  readonly udp: boolean;
  /** Who sends and receives is seen: sock_send_length and sock_recv_length (6.3). */
  readonly owner: boolean;
  /** Runs unless CONNTRAIL_KERNELS says otherwise. */
  readonly byDefault: boolean;
}

const KERNELS: readonly Kernel[] = [
  { name: '6.1', udp: false, owner: false, byDefault: true },
  { name: '6.12', udp: false, owner: true, byDefault: true },
  { name: '6.18', udp: true, owner: true, byDefault: true },
  { name: '6.19', udp: true, owner: true, byDefault: false },
  { name: '7.0', udp: true, owner: true, byDefault: false },
  { name: 'newest', udp: true, owner: true, byDefault: false },
];

/** Those of CONNTRAIL_KERNELS ("6.1 newest"), else the default ones. */
export function chosenKernels(): readonly Kernel[] {
  const names = (process.env.CONNTRAIL_KERNELS ?? '').split(/[\s,]+/).filter((name) => name !== '');
  if (names.length === 0) return KERNELS.filter(({ byDefault }) => byDefault);
  return names.map(
    (name) => KERNELS.find((kernel) => kernel.name === name) ?? { name, udp: false, owner: false, byDefault: false },
  );
}
