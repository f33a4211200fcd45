/** What docs/kernels.md says around its tables. */

export const HEAD = `<!-- Generated from test/kernels/results.json and the hook tables (test/kernels/document.ts). Do not edit. -->
# Kernels

What conntrail does on stock Debian kernels, booted in QEMU by \`npm run test:kernels\` ([testing-kernels.md](testing-kernels.md)), with
no other kernel's policy in the way. \`CONNTRAIL_UPDATE_DOCS=1 npm run test:kernels -- --full\` makes all of it anew. What is not in these tables
was not measured; README's limits say what is inferred for other distributions.
`;

export const TAIL = `Instructions that the verifier of each kernel went through; \`–\`: not loaded there, since another rung is live. None may go beyond 50,000 (before 6.12: 100,000),
or grow by more than a tenth without this table showing it.

## Other machines

Only x86-64 is traced: the batches that programs fill and the reader empties rest on its order of stores. Elsewhere live tracing is refused in one sentence.
`;
