import { objectSources } from './ebpf_object.mjs';

/** Where each field of the ebpf_program record comes from: `struct ct_ebpf_program`, and the one that was read before it. */
export default { feature: 'src/checks/ebpf', struct: 'PROGRAM', units: '1', sources };

function sources(context) {
  const { layout, fields } = context;
  const { known, u32, long, micros, preamble, source, when } = objectSources(context);
  const { ATTACHMENT } = layout;
  const attachment = (offset) => `u32[w + ${(fields.offset('attachment') + offset) / 4} + ${ATTACHMENT.size / 4} * k]!`;
  const [sinceLow, sinceHigh] = [fields.word('statistics_since_ns', 0), fields.word('statistics_since_ns', 1)];
  const info = ['loaded', 'uid', 'tag', 'gpl_compatible', 'xlated_bytes', 'jited_bytes'];
  return {
    preamble: [...preamble, `const gpl = ${fields.part('gpl_compatible', 8)};`, 'const last = s.last;'],
    source: {
      ...source,
      loaded: { micros: `${fields.micros('loaded_ns')} + wall` },
      uid: u32('uid'),
      tag: { text: 's.tag' },
      gpl_compatible: { flag: 'gpl !== 0' },
      xlated_bytes: u32('xlated_bytes'),
      jited_bytes: u32('jited_bytes'),
      verified_instructions: u32('verified_instructions'),
      run_time_ns: long('run_time_ns'),
      runs: long('run_count'),
      recursion_misses: long('recursion_misses'),
      statistics_since: { micros: `${micros(sinceLow, sinceHigh)} + wall` },
      attachments: { array: { count: 's.attachmentsListed', index: 'k' } },
      'attachments[].link_id': { u32: attachment(ATTACHMENT.link_id) },
      'attachments[].type': { text: 's.linkType(k)' },
      'attachments[].attach_type': { text: 's.attachType(k)' },
      'attachments[].target': { text: 's.target(k)' },
      attachment_count: u32('attachments'),
      'since_last.interval_us': { number: 'Math.floor(last.intervalNs / 1000)' },
      'since_last.run_time_ns': { number: 'last.runTimeNs' },
      'since_last.runs': { number: 'last.runs' },
      'since_last.recursion_misses': { number: 'last.misses!' },
      'since_last.core_share': { double: 'last.coreShare' },
    },
    when: {
      ...when,
      ...Object.fromEntries(info.map((name) => [name, known('info')])),
      verified_instructions: known('verified'),
      run_time_ns: known('runs'),
      runs: known('runs'),
      recursion_misses: known('misses'),
      statistics_since: `(${sinceLow} | ${sinceHigh}) !== 0`,
      'attachments[].link_id': `${attachment(ATTACHMENT.link_id)} !== 0`,
      'attachments[].attach_type': `${attachment(ATTACHMENT.attach_type)} !== ${layout.NO_ATTACH_TYPE}`,
      'attachments[].target': `u8[s.base + ${fields.offset('attachment') + ATTACHMENT.target} + ${ATTACHMENT.size} * k] !== 0`,
      attachment_count: known('links'),
      since_last: 'last.known',
      'since_last.recursion_misses': 'last.misses !== null',
    },
  };
}
