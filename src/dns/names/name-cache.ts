import { AddressKey } from './address-key.js';
import { AddressTable } from './address-table.js';
import { NAME_SOURCE, type NameList, OWN } from './name-list.js';
import { NameNodes } from './name-nodes.js';
import type { NameTexts } from './name-texts.js';
import { Namespaces } from './namespaces.js';

const NS_PER_S = 1e9;
/** Entries looked at per slice of the sweep: some 20 µs. */
const SWEEP = 1024;

/** How long names hold, in s, and how many are remembered. */
export interface NameLimits {
  readonly minTtl: number;
  readonly maxTtl: number;
  readonly maxAddresses: number;
  /** Of all addresses together. */
  readonly maxNames: number;
  readonly maxNamesPerAddress: number;
}

/** What the cache did, since the start. */
export interface NameCacheCounters {
  /** Answers taken in, one for each of their addresses. */
  learned: number;
  /** Of no family, or 0.0.0.0 and ::, which no connection has. */
  refusedAddresses: number;
  /** Of a namespace beyond those that there is room for. */
  refusedNamespaces: number;
  /** Addresses that went to make room, with all their names. */
  evictedAddresses: number;
  /** Names that went to make room for others of their address. */
  evictedNames: number;
  /** Names that had expired. */
  expiredNames: number;
}

/** The side of the cache that answers come in by. */
export type Learner = Pick<NameCache, 'learn'>;

/**
 * Names of addresses by network namespace, as answers told them. Times are of the boot clock, ns, and come with the frames: the cache looks
 * at no clock. A name of an address holds from its answer for as long as its TTL, clamped; it joins a connection that began within.
 */
export class NameCache {
  readonly #texts: NameTexts;
  readonly #limits: NameLimits;
  readonly #namespaces = new Namespaces();
  readonly #addresses: AddressTable;
  readonly #nodes: NameNodes;
  readonly #key: AddressKey;
  #sweep = 1;
  /** Of the list that `#find` went through last: the node whose answer is longest ago, and the one before it. */
  #oldest = 0;
  #before = 0;
  readonly counters: NameCacheCounters = {
    learned: 0,
    refusedAddresses: 0,
    refusedNamespaces: 0,
    evictedAddresses: 0,
    evictedNames: 0,
    expiredNames: 0,
  };

  /** @param keys of the hash of addresses, as hashKeys makes them */
  constructor(texts: NameTexts, keys: Uint32Array, limits: NameLimits) {
    this.#texts = texts;
    this.#key = new AddressKey(keys);
    this.#limits = limits;
    this.#addresses = new AddressTable(limits.maxAddresses);
    this.#nodes = new NameNodes(limits.maxNames);
  }

  get addresses(): number {
    return this.#addresses.size;
  }

  get names(): number {
    return this.#nodes.size;
  }

  get namespaces(): number {
    return this.#namespaces.size;
  }

  get bytes(): number {
    return this.#addresses.bytes + this.#nodes.bytes;
  }

  /**
   * Takes in that an answer gave this address to this name. The answer was to an open query: whoever calls has seen to that.
   * @param netnsLow and `netnsHigh`: halves of the cookie of the asker's network namespace
   * @param at byte in `u8` where the address is: 4 bytes of AF_INET, 16 of AF_INET6, in network order
   * @param name handle of `texts`; it is retained as long as it is remembered
   * @param answeredNs when the answer was read
   * @param pid of who asked, in the initial pid namespace; 0: not known
   */
  learn(
    netnsLow: number,
    netnsHigh: number,
    u8: Uint8Array,
    at: number,
    family: number,
    name: number,
    ttlSeconds: number,
    answeredNs: number,
    pid: number,
  ): void {
    const { counters } = this;
    if (!this.#key.read(u8, at, family)) {
      counters.refusedAddresses++;
      return;
    }
    const namespace = this.#namespaces.take(netnsLow, netnsHigh);
    if (namespace === 0) {
      counters.refusedNamespaces++;
      return;
    }
    counters.learned++;
    const { minTtl, maxTtl } = this.#limits;
    const untilNs = answeredNs + Math.min(Math.max(ttlSeconds, minTtl), maxTtl) * NS_PER_S;
    let entry = this.#addresses.find(namespace, this.#key);
    if (entry === 0) entry = this.#add(namespace);
    else this.#addresses.touch(entry);
    const node = this.#find(entry, name, answeredNs, untilNs);
    if (node !== 0) this.#nodes.extend(node, answeredNs, untilNs, pid);
    else {
      // Where it was looked for, the oldest one was, too.
      if (this.#addresses.count(entry) === this.#limits.maxNamesPerAddress)
        this.#drop(entry, this.#oldest, this.#before);
      this.#name(entry, name, answeredNs, untilNs, pid);
    }
  }

  /**
   * Adds to `list` the names that the address had at `startNs`, by answers that were read by then.
   * @param pid whose own names are marked; 0: not known
   */
  lookup(
    netnsLow: number,
    netnsHigh: number,
    u8: Uint8Array,
    at: number,
    family: number,
    startNs: number,
    pid: number,
    list: NameList,
  ): void {
    if (!this.#key.read(u8, at, family)) return;
    const namespace = this.#namespaces.find(netnsLow, netnsHigh);
    const entry = namespace === 0 ? 0 : this.#addresses.find(namespace, this.#key);
    if (entry === 0) return;
    this.#addresses.touch(entry);
    const nodes = this.#nodes;
    for (let node = this.#addresses.first(entry); node !== 0; node = nodes.next(node)) {
      if (!nodes.holdsAt(node, startNs)) continue;
      const asked = nodes.askedBy(node, pid, startNs);
      if (asked > 0) list.add(nodes.name(node), NAME_SOURCE.dns, OWN.yes, asked);
      else {
        const own = pid !== 0 && nodes.hasAsker(node, startNs) ? OWN.no : OWN.unknown;
        list.add(nodes.name(node), NAME_SOURCE.dns, own, nodes.answeredBefore(node, startNs));
      }
    }
  }

  /**
   * Makes room for names of others: forgets the address used longest ago of the namespace whose addresses have the most names.
   * @returns false when it knows no address
   */
  yield(): boolean {
    return this.#evict(this.#namespaces.largest(0, 'names'), 0);
  }

  /** Forgets what expired before `beforeNs`, in slices. Connections that began by then have all been told of. */
  expire(beforeNs: number): void {
    const end = Math.min(this.#addresses.used, this.#sweep + SWEEP - 1);
    for (let entry = this.#sweep; entry <= end; entry++) {
      if (this.#addresses.holds(entry)) this.#expireEntry(entry, beforeNs);
    }
    this.#sweep = end >= this.#addresses.used ? 1 : end + 1;
  }

  #find(entry: number, name: number, fromNs: number, untilNs: number): number {
    const nodes = this.#nodes;
    const first = this.#addresses.first(entry);
    let oldest = first;
    let beforeOldest = 0;
    for (let node = first, before = 0; node !== 0; before = node, node = nodes.next(node)) {
      if (nodes.name(node) === name && nodes.meets(node, fromNs, untilNs)) return node;
      if (nodes.latest(node) > nodes.latest(oldest)) continue;
      oldest = node;
      beforeOldest = before;
    }
    this.#oldest = oldest;
    this.#before = beforeOldest;
    return 0;
  }

  #add(namespace: number): number {
    const payer = this.#addresses.full ? this.#namespaces.payer(namespace, 'addresses') : 0;
    // Before it loses one: without any its number were gone.
    this.#namespaces.count(namespace, 1);
    if (payer !== 0) this.#evict(payer, 0);
    return this.#addresses.add(namespace, this.#key);
  }

  #name(entry: number, name: number, answeredNs: number, untilNs: number, pid: number): void {
    const addresses = this.#addresses;
    if (this.#nodes.full) this.#makeRoom(entry);
    this.#texts.retain(name);
    const first = this.#nodes.add(name, addresses.first(entry), answeredNs, untilNs, pid);
    addresses.setList(entry, first, addresses.count(entry) + 1);
    this.#namespaces.countName(addresses.namespace(entry), 1);
  }

  /** Room for a node: of another address, or of this one when its namespace has no other. */
  #makeRoom(entry: number): void {
    const namespace = this.#addresses.namespace(entry);
    if (this.#evict(this.#namespaces.payer(namespace, 'names'), entry)) return;
    if (this.#addresses.count(entry) > 0) this.#dropOldest(entry);
    else this.#evict(this.#namespaces.largest(namespace, 'names'), entry);
  }

  /** Forgets the address of the namespace whose last use is longest ago, if it is not `spared`. */
  #evict(namespace: number, spared: number): boolean {
    const entry = this.#addresses.eldest(namespace);
    if (entry === 0 || entry === spared) return false;
    this.counters.evictedAddresses++;
    for (let node = this.#addresses.first(entry); node !== 0; ) node = this.#free(node, namespace);
    this.#remove(entry);
    return true;
  }

  /** Forgets the name whose answer is longest ago. */
  #dropOldest(entry: number): void {
    const nodes = this.#nodes;
    let oldest = 0;
    let beforeOldest = 0;
    for (let node = this.#addresses.first(entry), before = 0; node !== 0; before = node, node = nodes.next(node)) {
      if (oldest !== 0 && nodes.latest(node) > nodes.latest(oldest)) continue;
      oldest = node;
      beforeOldest = before;
    }
    this.#drop(entry, oldest, beforeOldest);
  }

  /** Forgets a name of an address. @param before the node before its own; 0: it is the first */
  #drop(entry: number, node: number, before: number): void {
    const next = this.#free(node, this.#addresses.namespace(entry));
    if (before !== 0) this.#nodes.setNext(before, next);
    const first = before === 0 ? next : this.#addresses.first(entry);
    this.#addresses.setList(entry, first, this.#addresses.count(entry) - 1);
    this.counters.evictedNames++;
  }

  #expireEntry(entry: number, beforeNs: number): void {
    const nodes = this.#nodes;
    const namespace = this.#addresses.namespace(entry);
    let first = 0;
    let last = 0;
    let count = 0;
    for (let node = this.#addresses.first(entry); node !== 0; ) {
      const isOver = nodes.until(node) < beforeNs;
      const next = isOver ? this.#free(node, namespace) : nodes.next(node);
      if (isOver) this.counters.expiredNames++;
      else {
        if (last === 0) first = node;
        else nodes.setNext(last, node);
        last = node;
        count++;
      }
      node = next;
    }
    if (count === 0) this.#remove(entry);
    else {
      nodes.setNext(last, 0);
      this.#addresses.setList(entry, first, count);
    }
  }

  /** @returns the one behind it */
  #free(node: number, namespace: number): number {
    const next = this.#nodes.next(node);
    this.#namespaces.countName(namespace, -1);
    this.#texts.release(this.#nodes.name(node));
    this.#nodes.free(node);
    return next;
  }

  #remove(entry: number): void {
    const namespace = this.#addresses.namespace(entry);
    this.#addresses.remove(entry);
    this.#namespaces.count(namespace, -1);
  }
}
