/** load.mjs ADDON OPTIONS: loads the objects, prints what became of the programs as JSON, and lets go of them. OPTIONS: TracerOptions as JSON, `objects` a folder. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [addon, options] = process.argv.slice(2);
const { Tracer } = createRequire(import.meta.url)(addon);
const { objects, ...others } = JSON.parse(options);
const files = readdirSync(objects).filter((name) => name.endsWith('.bpf.o'));
const tracer = new Tracer({
  ...others,
  objects: Object.fromEntries(files.map((file) => [file.replace('.bpf.o', ''), readFileSync(join(objects, file))])),
});
process.stdout.write(JSON.stringify(tracer.programs));
tracer.close();
