/** A TCP proxy in front of a broker that does to requests and responses whatever a test asks for. */
import * as net from 'node:net';
import { Frames } from './frames.js';

interface Link {
  readonly client: net.Socket;
  readonly server: net.Socket;
}

/** What was done, by fault, so that a test can tell that its fault really happened. */
export interface Done {
  connections: number;
  requests: number;
  responses: number;
  cut: number;
  halved: number;
  swallowed: number;
  delayed: number;
  refused: number;
}

/** How a throttled direction is paced: a slice of its rate this often. */
const SLICE_MS = 20;

export class FaultProxy {
  readonly done: Done = {
    ...{ connections: 0, requests: 0, responses: 0, cut: 0, halved: 0, swallowed: 0, delayed: 0, refused: 0 },
  };
  /** New connections are reset at once. */
  refusing = false;
  /** Nothing goes through in either direction, and nothing is closed: both ends wait. */
  halfOpen = false;
  /** Bytes per second and direction of a connection; null: no bound. */
  bytesPerSecond: number | null = null;
  /** Each response waits this long, those behind it as well. */
  responseDelayMs = 0;
  /** Whose requests and responses count for the faults below; by the API key of a request (0 is Produce). Default: all. */
  apiKey: number | null = null;
  #halve = 0;
  #swallow = 0;
  #links = new Set<Link>();
  #server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => this.#accept(client));

  private constructor(private readonly target: { host: string; port: number }) {}

  /** @param port where it listens on 127.0.0.1; 0: any */
  static async listen(target: { host: string; port: number }, port = 0): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(port, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** Resets all connections there are. */
  cut(): void {
    for (const link of [...this.#links]) this.#reset(link);
  }

  /** Of the next `count` requests only the first half arrives, and their connections are reset. */
  halveRequests(count: number): void {
    this.#halve = count;
  }

  /** The next `count` responses never arrive, and their connections are reset: the broker did what was asked, nobody knows. */
  swallowResponses(count: number): void {
    this.#swallow = count;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: net.Socket): void {
    client.on('error', () => {});
    if (this.refusing) {
      this.done.refused++;
      client.resetAndDestroy();
      return;
    }
    this.done.connections++;
    const server = net.connect({ ...this.target, allowHalfOpen: true });
    const link = { client, server };
    this.#links.add(link);
    const drop = () => {
      client.destroy();
      server.destroy();
      this.#links.delete(link);
    };
    for (const socket of [client, server]) socket.on('error', drop).on('close', drop).setNoDelay(true);
    // By the id of each request in flight, whether its response is one that faults are for.
    const meant = new Map<number, boolean>();
    void this.#pump(link, client, server, (frame) => this.#request(link, frame, meant)).catch(drop);
    void this.#pump(link, server, client, (frame) => this.#response(link, frame, meant)).catch(drop);
  }

  async #pump(
    link: Link,
    from: net.Socket,
    to: net.Socket,
    treat: (frame: Buffer) => Promise<Buffer | null>,
  ): Promise<void> {
    const frames = new Frames();
    for await (const chunk of from) {
      for (const frame of frames.push(chunk as Buffer)) {
        await this.#whileHalfOpen(link);
        const bytes = await treat(frame);
        if (bytes !== null) await this.#write(to, bytes);
        if (!this.#links.has(link)) return;
      }
    }
    await this.#whileHalfOpen(link);
    to.end();
  }

  async #request(link: Link, frame: Buffer, meant: Map<number, boolean>): Promise<Buffer | null> {
    this.done.requests++;
    const ours = this.apiKey === null || frame.readInt16BE(4) === this.apiKey;
    meant.set(frame.readInt32BE(8), ours);
    if (!ours || this.#halve === 0) return frame;
    this.#halve--;
    this.done.halved++;
    await this.#write(link.server, frame.subarray(0, Math.ceil(frame.length / 2)));
    // Sent, not only taken: a reset drops what still waits in the socket.
    await new Promise<void>((resolve) => link.server.end(resolve));
    this.#reset(link);
    return null;
  }

  async #response(link: Link, frame: Buffer, meant: Map<number, boolean>): Promise<Buffer | null> {
    this.done.responses++;
    const id = frame.readInt32BE(4);
    const ours = meant.get(id) ?? true;
    meant.delete(id);
    if (!ours) return frame;
    if (this.#swallow > 0) {
      this.#swallow--;
      this.done.swallowed++;
      this.#reset(link);
      return null;
    }
    if (this.responseDelayMs > 0) {
      this.done.delayed++;
      await sleep(this.responseDelayMs);
    }
    return frame;
  }

  async #write(to: net.Socket, bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length && !to.destroyed; ) {
      const rate = this.bytesPerSecond;
      const size = rate === null ? bytes.length - at : Math.max(1, Math.floor((rate * SLICE_MS) / 1000));
      const slice = bytes.subarray(at, at + size);
      await new Promise<void>((resolve) => to.write(slice, () => resolve()));
      at += slice.length;
      if (rate !== null) await sleep(Math.max(SLICE_MS, (slice.length * 1000) / rate));
    }
  }

  async #whileHalfOpen(link: Link): Promise<void> {
    while (this.halfOpen && this.#links.has(link)) await sleep(SLICE_MS);
  }

  #reset(link: Link): void {
    if (!this.#links.delete(link)) return;
    this.done.cut++;
    link.client.resetAndDestroy();
    link.server.destroy();
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
