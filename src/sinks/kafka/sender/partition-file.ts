import { NAMES, type SpoolFiles } from '../../../spool/spool-files.js';
import { partitionOf } from './partition-hash.js';
import { byTopic, readJson, writeJson } from './sender-files.js';

/** Where the records of a host go in one topic, and by which number of partitions that was chosen. */
export interface Place {
  readonly count: number;
  readonly partition: number;
}

/** The place after a topic was found with `count` partitions. A topic that grew keeps the place: records of a host stay in order. */
export function placeAt(kept: Place | undefined, host: string, count: number): { place: Place; change: string | null } {
  if (kept === undefined) return { place: { count, partition: partitionOf(host, count) }, change: null };
  if (kept.count === count) return { place: kept, change: null };
  if (kept.partition < count)
    return {
      place: kept,
      change: `has ${count} partitions in place of ${kept.count}; this host stays in partition ${kept.partition}`,
    };
  const place = { count, partition: partitionOf(host, count) };
  return {
    place,
    change: `has ${count} partitions in place of ${kept.count}; this host goes on in partition ${place.partition}, where its records begin anew`,
  };
}

/** The places, kept in the spool over restarts. */
export class PartitionFile {
  private constructor(
    private readonly files: SpoolFiles,
    private readonly places: Map<string, Place>,
  ) {}

  static async open(files: SpoolFiles): Promise<PartitionFile> {
    const places = byTopic(await readJson(files, NAMES.partitions), ({ count, partition }) =>
      isIndex(count) && isIndex(partition) && partition < count ? { count, partition } : null,
    );
    return new PartitionFile(files, places);
  }

  of(topic: string): Place | undefined {
    return this.places.get(topic);
  }

  /** Returns when it is on the disk. */
  async keep(topic: string, place: Place): Promise<void> {
    if (this.places.get(topic) === place) return;
    const places = new Map(this.places).set(topic, place);
    await writeJson(this.files, NAMES.partitions, Object.fromEntries(places), true);
    this.places.set(topic, place);
  }
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
