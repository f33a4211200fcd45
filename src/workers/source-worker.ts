/**
 * The task of a worker that runs a feature's own TypeScript as a source.
 * @module
 */
import { native } from '../native/index.js';
import { runSource, type SourceTask } from './source-loop.js';

export default async function run(task: SourceTask): Promise<void> {
  const { bootNs } = native();
  await runSource(task, bootNs);
}
