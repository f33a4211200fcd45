/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * The ports that DNS is looked for at (option `ports`). The verifier knows their values, and takes out all that comes after the first 0.
 */
#ifndef CONNTRAIL_DNS_PORTS_H
#define CONNTRAIL_DNS_PORTS_H

#include "compat.h"

#define CT_EACH_PORT(do_it)                                                                                           \
	do_it(0) do_it(1) do_it(2) do_it(3) do_it(4) do_it(5) do_it(6) do_it(7) do_it(8) do_it(9) do_it(10) do_it(11) \
		do_it(12) do_it(13) do_it(14) do_it(15)

/* In host order; from the first 0 on there are none. */
#define CT_PORT_KNOB(n) const volatile __u32 ct_dns_port_##n = 0;
CT_EACH_PORT(CT_PORT_KNOB)

/* Whether one of two is. Each port is read once for both: it is on the way of every packet. */
static __always_inline bool ct_is_dns_port_of(__u32 one, __u32 other)
{
	__u32 port;

#define CT_PORT_IS(n)                     \
	port = ct_dns_port_##n;           \
	if (!port)                        \
		return false;             \
	if (one == port || other == port) \
		return true;
	CT_EACH_PORT(CT_PORT_IS)
	return false;
}

static __always_inline bool ct_is_dns_port(__u32 port)
{
	return ct_is_dns_port_of(port, port);
}

#endif
