import { objectSources } from './ebpf_object.mjs';

/** Where each field of the ebpf_map record comes from: `struct ct_ebpf_map`. */
export default { feature: 'src/checks/ebpf', struct: 'MAP', units: '1', sources };

function sources(context) {
  const { fields } = context;
  const { known, u32, long, preamble, source, when } = objectSources(context);
  const info = ['key_size', 'value_size', 'max_entries', 'flags', 'extra', 'frozen'];
  const entries = ['entries', 'entries_by', 'entries_age_us'];
  return {
    preamble: [
      ...preamble,
      `const entriesUs = ${fields.micros('entries_ns')};`,
      `const by = ${fields.part('entries_by', 8)};`,
      `const why = ${fields.part('entries_reason', 8)};`,
      `const told = ${fields.part('buffer_source', 8)};`,
      `const frozen = ${fields.part('frozen', 8)};`,
    ],
    source: {
      ...source,
      key_size: u32('key_size'),
      value_size: u32('value_size'),
      max_entries: u32('max_entries'),
      flags: u32('flags'),
      extra: long('extra'),
      frozen: { flag: 'frozen !== 0' },
      entries: long('entries'),
      // The symbols of these enums stand in the order of the wire's numbers, whose 0 is none.
      entries_by: { index: '(by - 1)' },
      entries_reason: { index: '(why - 1)' },
      entries_age_us: { number: 'timeUs - entriesUs' },
      'buffer.rings': u32('buffer_rings'),
      'buffer.bytes': long('buffer_bytes'),
      'buffer.mapped_bytes': long('buffer_mapped'),
      'buffer.consumer_mapped_bytes': long('buffer_mapped_consumer'),
      'buffer.mappings': u32('buffer_mappings'),
      buffer_source: { index: '(told - 1)' },
    },
    when: {
      ...when,
      ...Object.fromEntries(info.map((name) => [name, known('info')])),
      ...Object.fromEntries(entries.map((name) => [name, known('entries')])),
      entries_reason: 'why !== 0',
      buffer: known('buffer'),
      buffer_source: known('buffer'),
    },
  };
}
