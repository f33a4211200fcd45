import { Argument, Command } from 'commander';
import { setAction } from '../action.js';

const EXAMPLES = `

Each file holds one message as a datagram has it, without the length that TCP
puts before it. A file that holds none is told on standard error, with why.

Exit status: 0 when it was decided of each file what it holds, 1 when one could
not be read.

Examples:
  conntrail decode dns test/dns/messages/query.bin
  conntrail decode dns test/dns/messages/*.bin`;

/** `conntrail decode`: raw messages as JSON. */
export function decodeCommand(): Command {
  const command = new Command('decode')
    .description('raw messages of a protocol as JSON, a line for each file')
    .addArgument(new Argument('<protocol>', 'what they are messages of').choices(['dns']))
    .argument('<files...>', 'one raw message each')
    .addHelpText('after', EXAMPLES);
  return setAction(command, async (_: string, files: readonly string[]) => {
    const { decodeDns } = await import('../decode-dns.js');
    return decodeDns(files);
  });
}
