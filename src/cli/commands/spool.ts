import { Command } from 'commander';
import { setAction } from '../action.js';
import { choice } from '../choice.js';
import { kafkaConfigOption } from '../kafka-options.js';
import type { DrainOptions } from '../spool/drain-spool.js';

/** `conntrail spool`: what is in the durable queue in front of a sink. */
export function spoolCommand(): Command {
  const command = new Command('spool').description('what waits on disk for a sink: look into it, send it');
  const list = new Command('list')
    .description('its segments, their records, and what became of them')
    .argument('<dir>', 'the spool')
    .addOption(choice('-o, --output <format>', 'a table, or json', ['text', 'json'], 'text'));
  setAction(list, async (path: string, { output }: { output: 'text' | 'json' }) => {
    const { listSpool } = await import('../spool/list-spool.js');
    return listSpool(path, output);
  });
  const verify = new Command('verify')
    .description('check every byte: what is damaged or missing')
    .argument('<dir>', 'the spool')
    .addOption(choice('-o, --output <format>', 'text, or json with every finding', ['text', 'json'], 'text'));
  setAction(verify, async (path: string, { output }: { output: 'text' | 'json' }) => {
    const { verifySpool } = await import('../spool/verify-spool.js');
    return verifySpool(path, output);
  });
  const drain = new Command('drain')
    .description('send what waits in it to Kafka, and end')
    .argument('<dir>', 'the spool, of no run that goes on')
    .requiredOption('--to <url>', 'kafka://HOST:PORT,HOST:PORT/PREFIX')
    .addOption(kafkaConfigOption())
    .option('--host <name>', 'name of this host, as its run was given it; else its hostname')
    .addHelpText(
      'after',
      '\nExit status: 0 when all of it was acknowledged; 1 when some waits on, or was\nrefused for good. Stop it with ^C: what waits stays.',
    );
  setAction(drain, async (path: string, options: DrainOptions) => {
    const { drainSpool } = await import('../spool/drain-spool.js');
    return drainSpool(path, options);
  });
  return command.addCommand(list).addCommand(verify).addCommand(drain);
}
