import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LAYOUTS } from '../../src/recording/layouts.js';
import { type InputShape, InputStream } from './stream.js';

const FOLDER = fileURLToPath(new URL('../../../bench-input/', import.meta.url));

/** Names the generator by its compiled code and the layout it writes, so that an input of an older one is made anew. */
const GENERATOR = ['stream.js', 'population.js', 'random.js', 'frame-file.js']
  .reduce(
    (hash, file) => hash.update(readFileSync(new URL(`./${file}`, import.meta.url))),
    createHash('sha256').update(Object.values(LAYOUTS).join()),
  )
  .digest('hex')
  .slice(0, 8);

/** Path of the input of this shape, written now if it is not there yet. */
export function inputFile(shape: InputShape): string {
  const { records, connections, perFrame } = shape;
  mkdirSync(FOLDER, { recursive: true });
  const path = `${FOLDER}${records}-${connections}-${perFrame}-${GENERATOR}.frames`;
  if (existsSync(path)) return path;
  const unfinished = `${path}.${process.pid}`;
  try {
    new InputStream(unfinished, shape).write();
    renameSync(unfinished, path);
  } finally {
    rmSync(unfinished, { force: true });
  }
  return path;
}
