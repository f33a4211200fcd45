// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
#include "frames.h"

enum ct_constants {
	CT_CONST_FEATURE = CT_FEATURE_DNS,
	CT_CONST_IPV4 = CT_DNS_IPV4,
	CT_CONST_IPV6 = CT_DNS_IPV6,
	CT_CONST_TCP = CT_DNS_TCP,
	CT_CONST_UDP = CT_DNS_UDP,
	CT_CONST_COMM_LENGTH = CT_DNS_COMM_LEN,
	CT_CONST_HOSTS_BYTES = CT_DNS_HOSTS_BYTES,
	CT_CONST_KEPT = CT_DNS_KEPT,
	CT_CONST_PIECES = CT_DNS_PIECES,
	CT_CONST_NO_VLAN = CT_DNS_NO_VLAN,
	CT_CONST_FIN = CT_DNS_FIN,
	CT_CONST_SYN = CT_DNS_SYN,
	CT_CONST_RST = CT_DNS_RST,
	CT_CONST_ACK = CT_DNS_ACK,
};

struct ct_layout {
	enum ct_dns_kind kind;
	enum ct_dns_group group;
	enum ct_dns_lost lost;
	enum ct_dns_note note;
	enum ct_dns_source source;
	enum ct_dns_owner_source owner_source;
	enum ct_constants constants;
	enum ct_dns_hosts_file hosts_file;
	enum ct_dns_hosts_part hosts_part;
	struct ct_dns_hosts hosts;
	struct ct_dns_segment segment; /* its end is open */
};

struct ct_layout layout;
