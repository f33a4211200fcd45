/** Where each field of the oom_kill record comes from: `struct ct_oom_kill`. */
export default { feature: 'src/checks/oom-kill', struct: 'OOM_KILL', units: '1', sources };

function sources({ layout, fields }) {
  const name = (field) => ({ name: { at: `s.base + ${fields.offset(field)}`, max: layout.NAME_LENGTH } });
  const known = `(${fields.word('known')} & ${layout.KNOWN.victim}) !== 0`;
  return {
    preamble: [`const timeUs = ${fields.micros('boot_ns')};`],
    source: {
      host: { prefix: true },
      boot_id: { prefix: true },
      run: { prefix: true },
      seq: { number: 's.seq' },
      time: { micros: 'timeUs + s.wallOffsetUs' },
      'victim.pid': { u32: fields.word('victim_pid') },
      'victim.name': name('victim_name'),
      'victim.uid': { u32: fields.word('victim_uid') },
      'victim.oom_score_adj': { number: `(${fields.word('victim_oom_score_adj')} | 0)` },
      'trigger.pid': { u32: fields.word('trigger_pid') },
      'trigger.name': name('trigger_name'),
      'trigger.uid': { u32: fields.word('trigger_uid') },
      'trigger.cgroup_id': { long: [fields.word('trigger_cgroup_id', 0), fields.word('trigger_cgroup_id', 1)] },
    },
    when: { 'victim.name': known, 'victim.uid': known, 'victim.oom_score_adj': known },
  };
}
