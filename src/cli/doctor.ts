import { diagnose, type Verdict } from './diagnosis.js';
import { doctorText } from './doctor-text.js';
import { EXIT, type ExitCode } from './exit-codes.js';

const STATUS: Readonly<Record<Verdict, ExitCode>> = {
  ok: EXIT.ok,
  platform: EXIT.kernel,
  addon: EXIT.failure,
  privilege: EXIT.privilege,
  kernel: EXIT.kernel,
  degraded: EXIT.degraded,
};

/** Prints the diagnosis of this host and returns the status it deserves. */
export async function runDoctor(output: 'text' | 'json'): Promise<ExitCode> {
  const diagnosis = await diagnose();
  process.stdout.write(output === 'json' ? `${JSON.stringify(diagnosis, null, 2)}\n` : doctorText(diagnosis));
  return STATUS[diagnosis.verdict];
}
