/** Where each field of the ebpf_total record comes from: sums that the stage keeps over a round. */
export default { feature: 'src/checks/ebpf', units: '0', sources };

/** Record field → member of the sum. */
const SUMS = {
  maps: 'maps',
  map_memory_model: 'mapMemoryModel',
  maps_without_model: 'mapsWithoutModel',
  map_memory_kernel: 'mapMemoryKernel',
  maps_without_kernel: 'mapsWithoutKernel',
  programs: 'programs',
  program_memory_model: 'programMemoryModel',
  program_memory_kernel: 'programMemoryKernel',
  programs_without_kernel: 'programsWithoutKernel',
  xlated_bytes: 'xlatedBytes',
  jited_bytes: 'jitedBytes',
  verified_instructions: 'verifiedInstructions',
  programs_measured: 'programsMeasured',
  run_time_ns: 'runTimeNs',
  runs: 'runs',
  recursion_misses: 'misses',
};

function sources({ indexOf }) {
  const scopes = ['all', 'module', 'unknown', 'rest'];
  // The stage knows a scope by its place here.
  if (scopes.some((scope, place) => indexOf('EbpfScope', scope) !== place)) throw new Error('EbpfScope: other symbols');
  return {
    preamble: ['const sum = s.sum;', 'const reading = s.reading;'],
    source: {
      host: { prefix: true },
      boot_id: { prefix: true },
      run: { prefix: true },
      seq: { number: 's.seq' },
      time: { micros: 's.timeUs' },
      round: { number: 's.round' },
      scope: { index: 's.scope' },
      module: { text: 's.module!' },
      ...Object.fromEntries(Object.entries(SUMS).map(([field, member]) => [field, { number: `sum.${member}` }])),
      core_share: { double: 'sum.coreShare' },
      'reading.began': { micros: 'reading!.beganUs' },
      'reading.took_us': { number: 's.timeUs - reading!.beganUs' },
      'reading.cpu_us': { number: 'reading!.cpuUs' },
      'reading.counting_us': { number: 'reading!.countingUs' },
      'reading.maps_listed': { number: 'reading!.mapsListed' },
      'reading.programs_listed': { number: 'reading!.programsListed' },
    },
    when: { module: 's.module !== null', reading: 'reading !== null' },
  };
}
