/** Commands of the documents that test/package/examples.test.ts does not run itself. */

/** docs/adding-a-feature.md is followed as it stands. */
const GUIDE: readonly [file: string, proof: string] = [
  'test/package/adding-a-feature.test.ts',
  'for (const command of commands)',
];

/** It takes a Kafka. */
const KAFKA: readonly [file: string, proof: string] = [
  'test/integration/kafka-command.test.ts',
  "run('spool', 'drain', spool, '--to', up, '--kafka-config', config)",
];

/** Command → the file in which it is run, and what of it stands there. */
export const RUN_ELSEWHERE: ReadonlyMap<string, readonly [file: string, proof: string]> = new Map([
  ['git clone … && cd conntrail', ['test/package/first-steps.test.ts', 'tar -xf /sources.tar -C conntrail']],
  ['sudo npm start', ['test/package/first-steps.test.ts', 'sudo npm start -- ']],
  [
    'sudo npm start -- --for 10s -o ndjson',
    ['test/package/first-steps.test.ts', 'sudo npm start -- --for 1s -o ndjson'],
  ],
  ['npm start', ['test/package/first-steps.test.ts', "'npm start -- "]],
  ['npm test', ['.ci/run', "suite 'npm test' npm test --"]],
  ['sudo chown "$(id -u)" trace.ctr', ['test/package/examples.test.ts', "startsWith('sudo chown')"]],
  ['scripts/setup', ['test/package/build-scripts.test.ts', "run('scripts/setup'"]],
  ['make', ['scripts/setup', 'building the addon and the BPF programs" all']],
  ['sudo make', ['test/package/first-steps.test.ts', 'sudo make ']],
  ['sudo scripts/as-owner --mend', ['test/package/first-steps.test.ts', "'sudo scripts/as-owner --mend'"]],
  ['npm run build:ts', ['scripts/setup', 'npm run --silent build:ts']],
  ['npm run typecheck', ['.ci/run', 'npm run --silent typecheck']],
  ['npm run check:generated', ['.ci/run', 'npm run --silent check:generated']],
  ['npm run lint', ['.ci/run', 'biome check --error-on-warnings .']],
  ['npm run test:lts', ['.ci/run', 'scripts/test-lts']],
  ['npm run test:live', ['.ci/run', 'project live']],
  ['npm run test:kernels -- --short', ['.ci/run', 'CONNTRAIL_MATRIX=short project kernels']],
  ['npx vitest run --project unit test/schemas', ['.ci/run', "suite 'npm test' npm test --"]],
  ['npm run test:package', ['.ci/run', 'project package']],
  ['npm run bench -- --smoke', ['.ci/run', 'npm run --silent bench -- --smoke']],
  ['scripts/fuzz-dns', ['.ci/run', 'scripts/fuzz-dns 20']],
  ['scripts/fuzz-dns SECONDS SEED', ['.ci/run', 'scripts/fuzz-dns 20']],
  ['npm pack', ['test/package/install.test.ts', "'pack'"]],
  ['npm install conntrail-VERSION.tgz', ['test/package/install.test.ts', "['install', '--ignore-scripts'"]],
  [
    'ip netns exec blue setpriv --reuid 65534 --clear-groups --inh-caps=+net_raw --ambient-caps=+net_raw --bounding-set=-all,+net_raw bin/conntrail dns --netns /run/netns/blue',
    ['test/live/dns-classic.test.ts', '`setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=+'],
  ],
  [
    'unshare -Urn bin/conntrail dns --netns /proc/self/ns/net',
    ['test/live/dns-classic.test.ts', "spawn('unshare', ['-Urmn'"],
  ],
  ['conntrail spool list DIR', ['test/integration/kafka-command.test.ts', "run('spool', 'list', spool"]],
  ['conntrail spool verify DIR', ['test/integration/kafka-command.test.ts', "run('spool', 'verify', spool"]],
  [
    'conntrail observe --to kafka://broker1:9092,broker2/conntrail --kafka-config kafka.json --spool /var/lib/conntrail/spool',
    ['test/integration/kafka-command.test.ts', "'--kafka-config',"],
  ],
  ['scripts/setup --kafka', ['test/integration/global-setup.ts', "spawnSync('scripts/kafka-client'"]],
  [
    'sudo bin/conntrail observe --to kafka://broker1:9092,broker2/conntrail --kafka-config kafka.json --spool /var/lib/conntrail/spool',
    KAFKA,
  ],
  [
    'conntrail spool drain /var/lib/conntrail/spool --to kafka://broker1:9092,broker2/conntrail --kafka-config kafka.json',
    KAFKA,
  ],
  ['npm run generate', GUIDE],
  ['make bpf', GUIDE],
  ['CONNTRAIL_UPDATE_DOCS=1 npx vitest run --project unit test/features/document', GUIDE],
  ['npx vitest run --project unit test/execs test/architecture test/pipeline/purity test/schemas test/features', GUIDE],
  ['node scripts/generate-records.mjs', GUIDE],
  ['sudo bin/conntrail observe --with execs --records exec -o ndjson', GUIDE],
]);

const MINUTES = 'it measures for minutes; what it runs is run, shortly, by `npm run bench -- --smoke`';
const BOOTS = 'it boots kernels for ten minutes and more; `.ci/run` boots the same ones for less';
const BY_HAND = 'a profile is for somebody to look at, and perf is not there everywhere';
const COMMITTED = 'it writes what is committed';

/** Command → why no test runs it. */
export const NOT_RUN: ReadonlyMap<string, string> = new Map([
  ['bash .ci/run', 'it is what runs the tests'],
  ['npm install @confluentinc/kafka-javascript', 'it compiles for minutes, or fetches from outside of the registries'],
  ['npm run bench', MINUTES],
  ['npm run bench -- end-to-end table', MINUTES],
  ['npm run bench -- --rounds 3 live-checks', MINUTES],
  ['npm run bench -- --rounds 1 live-dns', MINUTES],
  ['npm run bench -- end-to-end --smoke', MINUTES],
  ['npm run bench -- kernels kernels-alone', MINUTES],
  ['npm run bench -- --rounds 9 --json FILE', MINUTES],
  ['node benchmarks/prototypes/sockops/measure.mjs --seconds 1', MINUTES],
  ['npm run soak', 'it takes ten minutes'],
  ['npm run format', COMMITTED],
  ['make layout', COMMITTED],
  ['sudo scripts/record-fixtures', COMMITTED],
  ['make distclean all', 'it removes what the other tests use; first-steps.test.ts builds all of it from nothing'],
  [
    'make native CXXFLAGS=-fsanitize=address LDFLAGS=-fsanitize=address',
    'the result does not load into an ordinary Node',
  ],
  ['sudo npm ci', 'it is named as what should not be done'],
  ['npm ci', 'it is named as what neither builds nor removes the Kafka client; scripts/setup runs it'],
  ['npm install', 'it is named as what does not build the Kafka client here'],
  ['node scripts/release-schemas.mjs', COMMITTED],
  ['npm run test:kernels', BOOTS],
  ['npm run test:kernels -- --dns', BOOTS],
  ['npm run test:kernels -- 6.1 newest', 'the kernel tests run the same by CONNTRAIL_KERNELS, both kernels by default'],
  ['npm run test:kernels -- --full', BOOTS],
  ['npm run test:kernels -- --words', BOOTS],
  ['CONNTRAIL_UPDATE_DOCS=1 npm run test:kernels -- --full', BOOTS],
  ['test/kernels/vm/run --help', 'it is part of `npm run test:kernels`'],
  ['test/kernels/vm/run 6.12 -- bin/conntrail doctor', 'the kernel tests boot this kernel with other commands'],
  ['cd build/benchmarks/benchmarks/subjects', BY_HAND],
  ['node --cpu-prof end-to-end.js --input=FILE --warm=21739', BY_HAND],
  ['perf record -e cpu-clock -F 5000 -g node --perf-basic-prof end-to-end.js --input=FILE --warm=21739', BY_HAND],
  ['node --trace-opt --trace-deopt end-to-end.js --input=FILE --warm=21739', BY_HAND],
  ['node --print-opt-code --print-opt-code-filter=encodeConnection encoder.js --input=FILE', BY_HAND],
]);
