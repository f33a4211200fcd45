import { once } from 'node:events';
import { decodeMessage } from '../dns/decode/decode.js';
import { MAX_MESSAGE_BYTES } from '../dns/message/limits.js';
import { jsonString } from '../encoding/json-text.js';
import { safeText } from '../encoding/safe-text.js';
import { readRegularFile } from '../files/regular-file.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { fail } from './say.js';

/** Tells of each file, in order, what message it holds, as a line of JSON on standard output; or why it holds none. */
export async function decodeDns(files: readonly string[]): Promise<ExitCode> {
  let status: ExitCode = EXIT.ok;
  for (const file of files) {
    try {
      const message = decodeMessage(await readMessage(file), safeText(Buffer.from(file)));
      const line = `{"file":${jsonString(file)},${JSON.stringify(message).slice(1)}\n`;
      if (!process.stdout.write(line)) await once(process.stdout, 'drain');
    } catch (error) {
      // A file that holds no message is decided, and hides none that could not be read.
      const own = fail(error);
      if (own !== EXIT.ok) status = own;
    }
  }
  return status;
}

/** All of a file; of one that is too large for a message, as much as shows it. */
async function readMessage(path: string): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of readRegularFile(path, { follow: true })) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_MESSAGE_BYTES) break;
  }
  return Buffer.concat(chunks);
}
