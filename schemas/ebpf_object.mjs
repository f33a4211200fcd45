/**
 * Where the fields come from that the records of eBPF maps and programs share: `struct ct_ebpf_object`, with which both of their structs begin.
 * @module
 */

/** The microseconds of the boot time in two words: floor(ns / 1000) in doubles, since 2^32 = 4294967 * 1000 + 296. */
const micros = (lo, hi) => `${hi} * 4294967 + Math.floor((${hi} * 296 + ${lo}) / 1000)`;

/** @param context what a map's `sources` is given */
export function objectSources({ layout, fields }) {
  const { KNOWN, OWNER } = layout;
  const known = (name) => `(known & ${KNOWN[name]}) !== 0`;
  const u32 = (name) => ({ u32: fields.word(name) });
  const long = (name) => ({ long: [fields.word(name, 0), fields.word(name, 1)] });
  const owner = fields.offset('object_owner');
  const ownerWord = (offset) => `u32[w + ${(owner + offset) / 4} + ${OWNER.size / 4} * i]!`;
  const [startLow, startHigh] = [ownerWord(OWNER.start_ns), ownerWord(OWNER.start_ns + 4)];
  const name = `s.base + ${fields.offset('object_name')}`;
  return {
    known,
    u32,
    long,
    micros,
    preamble: [
      `const known = ${fields.word('object_known')};`,
      `const timeUs = ${fields.micros('object_boot_ns')};`,
      `const reason = ${fields.part('object_reason', 8)};`,
      'const wall = s.wallOffsetUs;',
    ],
    source: {
      host: { prefix: true },
      boot_id: { prefix: true },
      run: { prefix: true },
      seq: { number: 's.seq' },
      time: { micros: 'timeUs + wall' },
      round: u32('object_round'),
      id: u32('object_id'),
      name: { name: { at: name, max: layout.NAME_LENGTH } },
      type: { text: 's.typeName' },
      module: { text: 's.module!' },
      // The symbols stand in the order of enum ct_ebpf_reason, whose 0 is none.
      reason: { index: '(reason - 1)' },
      owners: { array: { count: 's.ownersListed', index: 'i' } },
      'owners[].pid': { u32: ownerWord(OWNER.pid) },
      'owners[].name': { name: { at: `s.base + ${owner + OWNER.name} + ${OWNER.size} * i`, max: layout.COMM_LENGTH } },
      'owners[].start': { micros: `${micros(startLow, startHigh)} + wall` },
      owner_count: u32('object_owners'),
      pinned: { array: { count: 's.pathsListed', index: 'j' } },
      'pinned[]': { text: 's.path(j)' },
      pinned_count: u32('object_pinned'),
      btf_id: u32('object_btf_id'),
      memory_model: { number: 's.memoryModel!' },
      memory_kernel: long('object_memlock'),
    },
    when: {
      name: `u8[${name}] !== 0`,
      module: 's.module !== null',
      reason: 'reason !== 0',
      'owners[].start': `(${startLow} | ${startHigh}) !== 0`,
      owner_count: known('owners'),
      pinned_count: known('pinned'),
      btf_id: `${fields.word('object_btf_id')} !== 0`,
      memory_model: 's.memoryModel !== null',
      memory_kernel: known('memlock'),
    },
  };
}
