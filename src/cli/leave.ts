/** How long what is written to standard error may take to leave when everything else has ended, ms. */
const LINGER_MS = 1000;

/**
 * Makes sure that the process ends when its run has: what a reader does not take, or a disk that hangs, would keep it.
 *
 * @param atOnce ends the process
 */
export function leaveSoon(atOnce: () => void): void {
  // Not a reason to stay: it fires only where something else is one.
  setTimeout(atOnce, LINGER_MS).unref();
}

/**
 * Makes writing to a terminal wait in the event loop as writing to a pipe does. Node blocks in each write to one, so that a terminal that
 * was stopped (^S) would stop the whole process, its signal handlers included.
 */
export function unblockTerminals(): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.isTTY !== true) continue;
    // Node has no other way to say it.
    const { _handle } = stream as unknown as { _handle?: { setBlocking?(blocking: boolean): number } };
    _handle?.setBlocking?.(false);
  }
}
