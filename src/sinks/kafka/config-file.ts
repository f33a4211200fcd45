import { dirname, resolve } from 'node:path';
import { ConntrailError } from '../../errors.js';
import { readRegularFile } from '../../files/regular-file.js';

/** More is a mistake in the path. */
const MAX_CONFIG_BYTES = 1 << 20;
/** Members that name files, wherever they stand. */
const FILE = /File$/;

/**
 * The JSON in the file of `--kafka-config`, unchecked, with the files it names taken from where it lies.
 *
 * @throws ConntrailError CONNTRAIL_IO, CONNTRAIL_OPTION
 */
export async function readKafkaConfig(path: string): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of readRegularFile(path, { follow: true })) {
    bytes += chunk.length;
    if (bytes > MAX_CONFIG_BYTES) throw option(`${path} is larger than 1 MiB: name a file of JSON with the options.`);
    chunks.push(chunk);
  }
  return withFiles(parse(Buffer.concat(chunks).toString('utf8'), path), dirname(resolve(path)));
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // Only the place: what stands there may be a secret that should not.
    const at = / position (\d+)/.exec((error as Error).message)?.[1];
    const line = at === undefined ? '' : ` (line ${text.slice(0, Number(at)).split('\n').length})`;
    throw option(`${path} is no JSON${line}: correct it.`);
  }
}

/** Relative names of files mean what stands beside the configuration, wherever the command runs. */
function withFiles(value: unknown, folder: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      FILE.test(name) && typeof member === 'string' && member !== ''
        ? resolve(folder, member)
        : withFiles(member, folder),
    ]),
  );
}

const option = (sentence: string) => new ConntrailError('CONNTRAIL_OPTION', sentence);
