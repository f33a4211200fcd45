/* SPDX-License-Identifier: Apache-2.0 */
/* Linux's numbers: records carry them, whatever runs the module. */
#ifndef WASM_ERRNO_H
#define WASM_ERRNO_H

#define EPIPE 32
#define ENETUNREACH 101
#define ECONNRESET 104
#define ETIMEDOUT 110
#define ECONNREFUSED 111
#define EHOSTUNREACH 113

#endif
