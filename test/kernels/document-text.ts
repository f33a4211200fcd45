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

Only x86-64 is traced; elsewhere \`observe\` says so in one sentence, with status 4, and \`replay\`, \`verify\` and \`schema\` run. What was tried of arm64: Debian's
6.1.0-56-cloud-arm64 boots under \`qemu-system-aarch64\` (7.2, emulated, \`-cpu max,pauth-impdef=on\`) in 4 s, with BTF, and Node 20 starts there in 1 s, so that a guest would
be bearable. What stands in the way is not the boot: the batches that programs fill by plain stores and the reader empties rest on x86-64's order of stores, and
what a call asked for is read from x86-64's registers by its numbers of system calls.
`;
