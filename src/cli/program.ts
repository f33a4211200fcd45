import { Command, Option } from 'commander';
import { VERSION } from '../version.js';
import { checkCommand } from './commands/check.js';
import { decodeCommand } from './commands/decode.js';
import { dnsCommand } from './commands/dns.js';
import { doctorCommand } from './commands/doctor.js';
import { featuresCommand } from './commands/features.js';
import { helpCommand } from './commands/help.js';
import { observeCommand } from './commands/observe.js';
import { recordCommand } from './commands/record.js';
import { replayCommand } from './commands/replay.js';
import { schemaCommand } from './commands/schema.js';
import { spoolCommand } from './commands/spool.js';
import { verifyCommand } from './commands/verify.js';
import { versionCommand } from './commands/version.js';

/** Help is never wider, whatever the terminal: it is pasted into tickets and compared by a test. */
const HELP_WIDTH = 79;

const EXIT_STATUS = `
Exit status: 0 ok, 1 failure, 2 usage, 3 missing privilege, 4 kernel cannot,
5 degraded, 6 loss above --max-loss, 7 verification failed, 129, 130 or 143 a
second signal.`;

/** The command tree. Building it loads neither the addon nor the pipeline: each action imports what it needs. */
export function createProgram(): Command {
  const program = new Command('conntrail')
    .description(
      'Traces every TCP and UDP conversation of this host, from the kernel to\ntyped records, with every loss counted.',
    )
    .optionsGroup('Other:')
    .version(VERSION, '-V, --version', 'print the version')
    .helpCommand(false)
    .addHelpText('after', EXIT_STATUS);
  const groups: [string, Command[]][] = [
    ['Trace:', [observeCommand(), recordCommand(), dnsCommand(), checkCommand()]],
    ['Recordings and outputs:', [replayCommand(), verifyCommand(), decodeCommand(), spoolCommand()]],
    [
      'About this host and conntrail:',
      [doctorCommand(), featuresCommand(), schemaCommand(), versionCommand(), helpCommand()],
    ],
  ];
  for (const [group, commands] of groups) {
    for (const command of commands) program.addCommand(command.helpGroup(group));
  }
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)])
    adapt(command);
  return program;
}

/** What every command shares; commander copies settings to subcommands only when it creates them itself. */
function adapt(command: Command): void {
  command
    .exitOverride()
    .configureOutput({
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
      outputError: (text, write) => write(usageLine(text, command)),
    })
    .addHelpOption(new Option('-h, --help', 'print this help').helpGroup('Other:'));
}

/** What commander says about a wrong usage, as one line of ours. */
function usageLine(text: string, command: Command): string {
  const what = text
    .replace(/^error: /, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ');
  return `conntrail: ${what.replace(/[^.?)]$/, '$&.')} See \`${fullName(command)} --help\`. [CONNTRAIL_OPTION]\n`;
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}
