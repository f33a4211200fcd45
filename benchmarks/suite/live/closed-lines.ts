import { createInterface } from 'node:readline';

/** Reads ndjson of closed connections: how late each line is, and what the ledger says was lost. */
export class ClosedLines {
  #delays: number[] = [];
  /** Events of connections that were lost, all causes. */
  lost = 0;

  constructor(stream: NodeJS.ReadableStream) {
    createInterface({ input: stream }).on('line', (line) => {
      const arrived = performance.timeOrigin + performance.now();
      // The record's time is in µs; Date reads ms of it.
      const end = /^{"record":"connection".*"end":"([^"]+)\.(\d{3})(\d{3})Z"/.exec(line);
      if (end) this.#delays.push(arrived - Date.parse(`${end[1]}.${end[2]}Z`) - Number(end[3]) / 1000);
      else if (line.startsWith('{"record":"ledger"')) this.lost += lostOf(line);
    });
  }

  /** ms from the close of each connection to its line, since the last time. */
  take(): number[] {
    const taken = this.#delays;
    this.#delays = [];
    return taken;
  }
}

function lostOf(line: string): number {
  const { accounts } = JSON.parse(line) as { accounts: { lost: Record<string, number> }[] };
  return accounts.flatMap(({ lost }) => Object.values(lost)).reduce((sum, count) => sum + count, 0);
}
