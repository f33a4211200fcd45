// SPDX-License-Identifier: Apache-2.0
/* The kernel as a WebAssembly module: one per instance. */
#include "kernel.h"

#define EXPORT(name) __attribute__((export_name(name)))

static struct exchange exchange;
static struct kernel *kernel;

/* Where the exchange lies; valid before `start`, which reads host and boot id. */
EXPORT("exchange") struct exchange *wasm_exchange(void)
{
	return &exchange;
}

EXPORT("start") void wasm_start(void)
{
	kernel = kernel_new(&exchange);
}

EXPORT("run") void wasm_run(void)
{
	kernel_run(kernel, exchange.records);
}

EXPORT("release") void wasm_release(void)
{
	kernel_release(kernel);
}
