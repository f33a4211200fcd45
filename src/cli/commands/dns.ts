import { Command } from 'commander';
import { setAction } from '../action.js';
import { checkDependentOptions } from '../dependent-options.js';
import { addDnsOptions, type DnsCommandOptions } from '../dns-options.js';
import { checkPlaces } from '../output-places.js';
import { UNITS_HELP } from '../units.js';

const EXAMPLES = `

DNS alone; \`conntrail observe --with dns -N\` has connections beside it, with
names in place of addresses. DNS over TLS, HTTPS and QUIC is not seen.

Examples:
  conntrail dns                            every query, as it is answered
  conntrail dns --failures                 what was not found, refused, lost
  conntrail dns --slow 50ms --for 1m -o ndjson
  conntrail dns --domain '*.example.org' --type A,AAAA
  conntrail dns --record dns.ctr           for conntrail replay --records dns`;

/** `conntrail dns`: who asks what of whom, as it happens. */
export function dnsCommand(): Command {
  const command = new Command('dns').description('print DNS queries as they are answered: who asked what of whom');
  addDnsOptions(command).addHelpText('after', UNITS_HELP + EXAMPLES);
  return setAction(command, async (options: DnsCommandOptions, command: Command) => {
    checkDependentOptions(command, options);
    checkPlaces(options);
    const { dnsPlan } = await import('../dns-plan.js');
    const live = dnsPlan(options, (name) => command.getOptionValueSource(name) === 'cli');
    const { runLive } = await import('../live.js');
    const { openOutputs } = await import('../outputs.js');
    return runLive({
      options: live,
      filter: {},
      record: options.record,
      recordingOnly: false,
      open: (closed, features) => openOutputs(options, { closed, accounts: true, features, host: options.host }),
    });
  });
}
