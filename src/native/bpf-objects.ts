/**
 * The part of the addon that looks at every BPF object of the host, whoever loaded it. What may fail returns an errno, negative: an object may go
 * at any time, and a policy may keep single ones back.
 * @module
 */

export type BpfKind = 'map' | 'program' | 'link';

/** struct bpf_map_info. Sizes are in bytes. */
export interface MapInfo {
  id: number;
  /** enum bpf_map_type. */
  type: number;
  keySize: number;
  valueSize: number;
  maxEntries: number;
  flags: number;
  name: string;
  /** 0: it has no types. */
  btfId: number;
  extra: bigint;
}

/** struct bpf_prog_info. */
export interface ProgramInfo {
  id: number;
  /** enum bpf_prog_type. */
  type: number;
  name: string;
  /** Of the function that it is, where the kernel cut its name: in the BTF object `btfId`; 0: the name is whole. */
  functionType: number;
  tag: Uint8Array;
  btfId: number;
  /** When it was loaded: boot clock, ns. */
  loadedNs: bigint;
  /** Of who loaded it, in the user namespace of the caller. */
  uid: number;
  gplCompatible: boolean;
  xlatedBytes: number;
  /** 0: it is interpreted. */
  jitedBytes: number;
  runTimeNs: bigint;
  runCount: bigint;
  /** null: the kernel does not tell (before 5.12; verified: 5.16). */
  misses: bigint | null;
  verified: number | null;
  /** What it is attached to by type: a BTF object, and a type in it; 0: nothing, or the kernel does not tell (before 5.18). */
  attachBtf: number;
  attachType: number;
}

/** struct bpf_link_info. */
export interface LinkInfo {
  id: number;
  /** enum bpf_link_type. */
  type: number;
  program: number;
  /** enum bpf_attach_type; null: links of this type have none. */
  attachType: number | null;
  /**
   * By the link's type: cgroup id, interface index, inode of a network namespace, map id, BTF object or program id, protocol family, how many functions,
   * offset into a function or file, or the number of a perf event.
   */
  number: number;
  /** By its type: id of a BTF type, hook of netfilter, flags, or enum bpf_perf_event_type. */
  other: number;
  /** By its type: a tracepoint, a function, a file, or what an iterator walks; empty: it has none, or the kernel does not tell. */
  text: string;
}

/** What a perf event runs its program for. */
export interface EventInfo {
  program: number;
  /** enum bpf_task_fd_type. */
  type: number;
  text: string;
  offset: number;
}

/** A map as it has to be known for counting its entries. */
export type MapShape = Pick<MapInfo, 'type' | 'keySize' | 'valueSize' | 'maxEntries'>;

export interface EntryCount {
  /** `paused`: the budget was used up, the next call goes on; `changing`: it changes faster than it can be walked. */
  state: 'done' | 'paused' | 'changing' | 'failed';
  entries: number;
  /** Of `failed`. */
  errno: number;
}

/** Counts entries of maps in bounded memory. It keeps no descriptor, and no map but those of its programs. */
export interface NativeEntryCounter {
  /** By a program, made once for each map, which keeps the map until it is forgotten. All at once. */
  run(id: number, map: number): EntryCount;
  /** By batches, or from key to key; goes on where the last call paused. @param budgetNs CPU time of this thread */
  walk(id: number, map: number, shape: MapShape, way: 'batch' | 'keys', budgetNs: number): EntryCount;
  /** Drops program and pause of a map. */
  forget(id: number): void;
  /** Ids of its programs, which belong in no list. */
  programs(): number[];
  /** Ids of the maps that they keep. */
  kept(): number[];
  close(): void;
}

export interface NativeBpf {
  /** In ascending order. EPERM without CAP_SYS_ADMIN. */
  ids(kind: BpfKind): Uint32Array | number;
  /** A new descriptor, the caller's, by id. EPERM without CAP_SYS_ADMIN; ENOENT: it has gone. */
  open(kind: BpfKind, id: number): number;
  /** Likewise, of what is pinned at a path. */
  openPinned(path: string): number;
  /** Likewise: as long as it is open, the kernel counts runs of programs and their time. EINVAL before 5.8. */
  openStatistics(): number;
  /** Of these descriptors, which Node.js does not know. */
  close(descriptor: number): void;
  mapInfo(map: number): MapInfo | number;
  programInfo(program: number): ProgramInfo | number;
  /** Ids of the maps that a program uses; none where they cannot be had. */
  mapsOf(program: number): number[];
  linkInfo(link: number): LinkInfo | number;
  /** Of a perf event that another process has as this descriptor. */
  eventInfo(pid: number, descriptor: number): EventInfo | number;
  /** Name of a type in a BTF object; empty: it cannot be had. Reads all of the object's types. */
  typeName(btf: number, type: number): string;
  /** What an iterator writes. Returns the bytes; when they fill all of `into`, there may be more. */
  rows(link: number, into: Uint8Array): number;
  /** Likewise of an iterator over tasks, those of one process. EOPNOTSUPP where the kernel cannot (before 6.1). */
  rowsOf(program: number, pid: number, into: Uint8Array): number;
  /** CPU time of this thread, ns. */
  threadCpuNs(): number;
  /** Bytes of a page of this host. */
  readonly pageSize: number;
  EntryCounter: new (options: { keyBytes: number; valueBytes: number }) => NativeEntryCounter;
}
