/** Where each field of the oom_kill record comes from: `struct ct_oom_kill`; places of cgroups as the stage has read them. */
export default { feature: 'src/checks/oom-kill', struct: 'OOM_KILL', units: '1', sources };

function sources({ layout, fields, enums, symbolIndex }) {
  const { KNOWN, SCOPE, SOURCE, NAME_LENGTH } = layout;
  const name = (field) => ({ name: { at: `s.base + ${fields.offset(field)}`, max: NAME_LENGTH } });
  const pages = (field) => ({ long: [fields.word(field, 0), fields.word(field, 1)] });
  const knows = (bit) => `(${fields.word('known')} & ${bit}) !== 0`;
  const victim = knows(KNOWN.victim);
  const counted = knows(KNOWN.pages);
  const chosen = knows(KNOWN.choice);
  return {
    preamble: [`const timeUs = ${fields.micros('boot_ns')};`, `const startUs = ${fields.micros('victim_start_ns')};`],
    source: {
      host: { prefix: true },
      boot_id: { prefix: true },
      run: { prefix: true },
      seq: { number: 's.seq' },
      time: { micros: 'timeUs + s.wallOffsetUs' },
      'victim.pid': { u32: fields.word('victim_pid') },
      'victim.start_time': { micros: 'startUs + s.wallOffsetUs' },
      'victim.name': name('victim_name'),
      'victim.uid': { u32: fields.word('victim_uid') },
      'victim.cgroup_id': { long: [fields.word('victim_cgroup_id', 0), fields.word('victim_cgroup_id', 1)] },
      ...place('victim'),
      'victim.oom_score_adj': { number: `(${fields.word('victim_oom_score_adj')} | 0)` },
      'victim.total_pages': pages('total_pages'),
      'victim.anon_pages': pages('anon_pages'),
      'victim.file_pages': pages('file_pages'),
      'victim.shmem_pages': pages('shmem_pages'),
      'trigger.pid': { u32: fields.word('trigger_pid') },
      'trigger.name': name('trigger_name'),
      'trigger.uid': { u32: fields.word('trigger_uid') },
      'trigger.cgroup_id': { long: [fields.word('trigger_cgroup_id', 0), fields.word('trigger_cgroup_id', 1)] },
      ...place('trigger'),
      scope: { index: symbolIndex(enums.get('OomScope'), SCOPE, `(${fields.part('scope', 16)})`, 'system') },
      'memory_cgroup.path': { text: 's.memory!.text' },
      'memory_cgroup.limit_pages': pages('limit_pages'),
      score: { long: [fields.word('score', 0), fields.word('score', 1)] },
      page_size: { u32: fields.word('page_size') },
      source: { index: symbolIndex(enums.get('OomSource'), SOURCE, `(${fields.part('source', 16)})`, 'tracepoint') },
    },
    when: {
      'victim.start_time': victim,
      'victim.name': victim,
      'victim.uid': victim,
      'victim.cgroup_id': victim,
      ...placed('victim'),
      'victim.oom_score_adj': victim,
      'victim.total_pages': counted,
      'victim.anon_pages': counted,
      'victim.file_pages': counted,
      'victim.shmem_pages': counted,
      ...placed('trigger'),
      scope: chosen,
      memory_cgroup: `(${fields.part('scope', 16)}) === ${SCOPE.cgroup}`,
      'memory_cgroup.path': 's.memory !== null',
      'memory_cgroup.limit_pages': knows(KNOWN.limit),
      score: chosen,
    },
  };
}

function place(whose) {
  return {
    [`${whose}.cgroup`]: { text: `s.${whose}!.text` },
    [`${whose}.container.id`]: { text: `s.${whose}!.container!.id` },
    [`${whose}.container.runtime`]: { index: `s.${whose}!.container!.runtime!` },
  };
}

function placed(whose) {
  return {
    [`${whose}.cgroup`]: `s.${whose} !== null`,
    [`${whose}.container`]: `s.${whose} !== null && s.${whose}.container !== null`,
    [`${whose}.container.runtime`]: `s.${whose}!.container!.runtime !== null`,
  };
}
