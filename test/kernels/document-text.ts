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

export const CHECKS = `What \`conntrail check\` told, each check alone: maps and programs that are in all as bpftool has them, and as the guest's program made them; kills; of the kinds of
queues (receive, send, accept), those told with fill, socket and process exactly as their owner had them.
`;

export const ENTRIES = `How the entries of a map of each type were counted, by \`entries_by\` of [ebpf_map](records.md#ebpfmap), or why not, by \`entries_reason\`; \`–\`: that kernel has no such maps.
`;

export const DNS = `What \`observe --with dns\` told of queries over loopback and veth, UDP and TCP, IPv4 and IPv6, of getaddrinfo and of sockets ([testing-kernels.md](testing-kernels.md)): both
ends of each, told once and right; connections that have the name that their process had asked for just before; messages lost.
`;
