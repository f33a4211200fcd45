/** Doctor's words on each kernel, plain and with less, held against files. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Diagnosis } from '../../src/cli/diagnosis.js';
import { doctorText } from '../../src/cli/doctor-text.js';

const FOLDER = fileURLToPath(new URL('golden/', import.meta.url));

/** CONNTRAIL_UPDATE_DOCS=1 writes what is generated from a run. */
export const UPDATES = process.env.CONNTRAIL_UPDATE_DOCS !== undefined;

/** Without what changes from one build, package or boot to the next. */
export function masked(text: string, { kernel, conntrail, libbpf }: Diagnosis): string {
  return text
    .replaceAll(kernel.release, 'RELEASE')
    .replaceAll(`conntrail ${conntrail}`, 'conntrail VERSION')
    .replaceAll(`libbpf ${libbpf}`, 'libbpf VERSION')
    .replaceAll(/(at most) \d+ (instructions, for) \S+/g, '$1 N $2 PROGRAM')
    .replaceAll(/\b\d+(\.\d+)? (ms|s)\b/g, 'N $2')
    .replaceAll(/\bpid \d+/g, 'pid N');
}

export interface Golden {
  readonly found: string;
  /** null: there is no such file. */
  readonly kept: string | null;
}

/** Whether the Kafka client was built is this machine's. @param status doctor's; @param name of the kernel and of the variant: KERNEL-VARIANT */
export function golden(name: string, diagnosis: Diagnosis, status: number): Golden {
  const path = `${FOLDER}${name}.txt`;
  const found = `${masked(doctorText({ ...diagnosis, kafka_client: null }), diagnosis)}exit status ${status}\n`;
  if (UPDATES) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(path, found);
  }
  return { found, kept: existsSync(path) ? readFileSync(path, 'utf8') : null };
}
