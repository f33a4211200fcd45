import { defineConfig } from 'vitest/config';

/** ms: a bound for what hangs; a slow or busy machine is no failure. */
const HANGS_MS = Number(process.env.CONNTRAIL_TEST_TIMEOUT ?? 120_000);

/** Suites that need privileges, other systems or minutes; each is a project of its own and runs by name (`--project live`). */
const SLOW = ['live', 'kernels', 'integration', 'package'];

const shared = {
  environment: 'node' as const,
  // A crash in the addon or a worker then costs one file, not the run.
  pool: 'forks' as const,
  // As with tests as a whole: Vitest's second is none on a machine that is busy.
  expect: { poll: { timeout: 20_000 } },
};

export default defineConfig({
  test: {
    globalSetup: 'test/support/ownership.ts',
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          // On two cores Vitest would leave one unused.
          maxWorkers: '100%',
          testTimeout: HANGS_MS,
          hookTimeout: HANGS_MS,
          include: ['test/**/*.test.ts'],
          exclude: SLOW.map((suite) => `test/${suite}/**`),
          typecheck: { enabled: false },
        },
      },
      ...SLOW.map((suite) => ({
        test: {
          ...shared,
          name: suite,
          include: [`test/${suite}/**/*.test.ts`],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // One file at a time: these suites own kernel-wide things (hooks, namespaces) and measure.
          fileParallelism: false,
          ...(suite === 'integration' ? { globalSetup: 'test/integration/global-setup.ts' } : {}),
        },
      })),
    ],
    coverage: { provider: 'v8', include: ['src/**'], exclude: ['src/**/*.gen.ts', 'src/**/generated/**'] },
  },
});
