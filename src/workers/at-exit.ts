/** What must be done when this thread ends by `process.exit` or an uncaught exception: threads in native waits do not see either. */
const hooks = new Set<() => void>();

const runAll = (): void => {
  for (const hook of hooks) hook();
};

/**
 * Calls `hook` when this thread exits, before listeners of others.
 * @returns takes it back
 */
export function atExit(hook: () => void): () => void {
  // One listener for all: Node warns of the eleventh.
  if (hooks.size === 0) process.prependListener('exit', runAll);
  hooks.add(hook);
  return () => {
    hooks.delete(hook);
    if (hooks.size === 0) process.off('exit', runAll);
  };
}
