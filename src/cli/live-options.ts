import { type Command, Option } from 'commander';
import { choice } from './choice.js';
import { addFeatureOptions, type FeatureFlags } from './feature-options.js';
import { parseCount, parseDuration, parseSize } from './units.js';

/** Stands for nothing at all; commander makes an empty text of a null. */
export const NONE = 'none';

/** The options of live tracing, as commander parses them. Times in ms, sizes in bytes. */
export interface LiveOptions extends FeatureFlags {
  for?: number;
  interval: number;
  transport: 'auto' | 'ring' | 'perf';
  kernelBuffer?: number;
  ringSize: number;
  maxConnections: number;
  exactUdp?: boolean;
  failedConnects?: boolean;
  udpTimeout?: number;
  udpFlows: number;
  maxLoss?: number;
  readyFile?: string;
  pending?: number;
  readers?: number;
  proofTimeout?: number;
  canary?: number | typeof NONE;
  host?: string;
  cgroupRoot?: string | typeof NONE;
}

/** Adds the options that `observe` and `record` share. */
export function addLiveOptions(command: Command): Command {
  addFeatureOptions(command)
    .optionsGroup('Tracing:')
    .addOption(new Option('--for <time>', 'stop after this time, e.g. 10s; else at ^C').argParser(parseDuration))
    .addOption(
      new Option('--interval <time>', 'time between the deltas of open connections and between ledger records')
        .argParser(parseDuration)
        .default(1000, '1s'),
    )
    .addOption(
      choice(
        '--transport <kind>',
        'how events leave the kernel; auto: ring where the kernel has it',
        ['auto', 'ring', 'perf'],
        'auto',
      ),
    )
    .addOption(
      new Option('--kernel-buffer <size>', 'kernel buffer: in all for ring (8MiB), per CPU for perf (1MiB)').argParser(
        parseSize,
      ),
    )
    .addOption(
      new Option('--ring-size <size>', 'shared ring of each reader, a power of two')
        .argParser(parseSize)
        .default(4 << 20, '4MiB'),
    )
    .addOption(
      new Option('--max-connections <n>', 'most connections remembered at a time')
        .argParser(parseCount)
        .default(1 << 20, '1048576'),
    )
    .addOption(
      new Option(
        '--udp-timeout <time>',
        'idle time that ends a UDP conversation, e.g. 30s; else as nf_conntrack has it',
      ).argParser(parseDuration),
    )
    .addOption(
      new Option('--udp-flows <n>', 'most UDP conversations in the kernel beyond the first of each socket')
        .argParser(parseCount)
        .default(1 << 18, '262144'),
    )
    .option('--exact-udp', 'look at UDP packets too: addresses of wildcard sockets; costs 0.7 µs a connection')
    .option(
      '--failed-connects',
      'tell connects that fail before a packet, as for want of a route; costs 0.5 µs a connect',
    )
    .addOption(
      new Option('--max-loss <n>', 'exit 6 when more closed connections, or other events, were lost').argParser(
        parseCount,
      ),
    )
    .option('--ready-file <path>', 'create this file once every live hook has proven itself')
    .addOption(new Option('--proof-timeout <time>', 'how long hooks have for that; else 5s').argParser(parseDuration))
    .addOption(
      new Option(
        '--canary <time>',
        'time between canaries, which find hooks that have gone silent; else 60s; none: off',
      ).argParser((text: string) => (text === NONE ? NONE : parseDuration(text))),
    )
    .option('--host <name>', 'name of this host in every record; else its hostname')
    .addOption(
      new Option(
        '--pending <time>',
        "time between readings of what waits in the kernel's batches; else 100ms",
      ).argParser(parseDuration),
    )
    .addOption(
      new Option('--readers <n>', 'reader threads for --transport perf; else one per CPU, at most 4').argParser(
        parseCount,
      ),
    )
    .addOption(
      new Option('--cgroup-root <dir>', 'where cgroup v2 is mounted, else found in /proc/mounts; none: no DNS, no UDP'),
    );
  return command;
}
