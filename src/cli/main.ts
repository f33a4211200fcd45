import { CommanderError } from 'commander';
import { EXIT } from './exit-codes.js';
import { createProgram } from './program.js';
import { fail, say } from './say.js';

// `conntrail verify x | head -0` must not end with a stack trace; sinks have listeners of their own, and tell.
let outputError: NodeJS.ErrnoException | undefined;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') outputError ??= error;
});
process.stderr.on('error', () => {});
process.on('exit', (status) => {
  if (outputError === undefined || status !== EXIT.ok) return;
  say(`writing to standard output failed (${outputError.code}); free space or send it elsewhere [CONNTRAIL_IO]`);
  process.exitCode = EXIT.failure;
});

try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  // Commander has printed its line already. Its own status is 0 for --help and --version, 1 for whatever was wrong with the usage.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else process.exitCode = fail(error);
}
