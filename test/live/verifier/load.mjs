/** load.mjs ADDON OPTIONS: loads the objects, prints what became of the programs as JSON, and lets go of them. OPTIONS: TracerOptions as JSON. */
import { createRequire } from 'node:module';

const [addon, options] = process.argv.slice(2);
const { Tracer } = createRequire(import.meta.url)(addon);
const tracer = new Tracer(JSON.parse(options));
process.stdout.write(JSON.stringify(tracer.programs));
tracer.close();
