import type { RecordSource, RecordType } from '../../src/encoding/record-type.js';
import { RECORD_TYPES } from '../../src/records.gen.js';
import type { SpoolBlock } from '../../src/spool/spool-block.js';
import type { SpoolReader } from '../../src/spool/spool-reader.js';
import type { SpoolWriter } from '../../src/spool/spool-writer.js';

/** A record that says which one it is. */
export interface Row extends RecordSource {
  id: number;
  bytes: number;
}

/** Stand-ins for two record types: the places and names of real ones, rows as their records. */
export const [ROW, OTHER] = [0, 3].map(
  (index): RecordType<Row> => ({
    ...RECORD_TYPES[index]!,
    most: 20_000,
    encode: (out, pos, { id, bytes }) => {
      if (bytes < 0) throw new RangeError('too long');
      new DataView(out.buffer, out.byteOffset).setFloat64(pos, id, true);
      out.fill(id & 255, pos + 8, pos + 8 + bytes);
      return pos + 8 + bytes;
    },
    json: () => 0,
    unitsOf: () => 1,
    disagreement: () => null,
  }),
) as [RecordType<Row>, RecordType<Row>];

export function idsOf(block: SpoolBlock): number[] {
  return Array.from({ length: block.count }, (_, i) => {
    const bytes = block.bytes(i);
    const id = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true);
    if (bytes.subarray(8).some((byte) => byte !== (id & 255))) throw new Error(`record ${id} is not what was written`);
    return id;
  });
}

/** Hands over rows; each odd one is of the other type and stands for two units. */
export function rowsTo(writer: SpoolWriter): (id: number, bytes?: number) => void {
  const ports = [writer.port(ROW), writer.port(OTHER)];
  return (id, bytes = 24) => ports[id & 1]!.write({ seq: id, id, bytes }, 1 + (id & 1));
}

/** All ids that there are, in order. */
export async function drain(reader: SpoolReader, ack = true): Promise<number[]> {
  const ids: number[] = [];
  for (let block = await reader.next(); block !== null; block = await reader.next()) {
    ids.push(...idsOf(block));
    if (ack) reader.ack(block.first, block.count);
  }
  return ids;
}
