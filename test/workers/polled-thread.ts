/** A worker of the pool that runs a source in TypeScript, by a clock that needs no addon. */
import { runSource, type SourceTask } from '../../src/workers/source-loop.js';

export default function run(task: SourceTask): Promise<void> {
  return runSource(task, () => 1_000_000n + process.hrtime.bigint());
}
