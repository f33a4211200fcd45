/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * What the kernel side says of DNS: pieces of what goes over the configured ports, as they went. What they mean, the stage finds out.
 */
#ifndef CONNTRAIL_DNS_FRAMES_H
#define CONNTRAIL_DNS_FRAMES_H

#include "frame.h"

enum ct_dns_kind {
	CT_DNS_KIND_SEGMENT = CT_KIND(CT_FEATURE_DNS, 1), /* struct ct_dns_segment with bytes; 1 unit */
	CT_DNS_KIND_HOSTS = CT_KIND(CT_FEATURE_DNS, 2), /* struct ct_dns_hosts; 0 units */
	CT_DNS_KIND_FLAGS =
		CT_KIND(CT_FEATURE_DNS, 3), /* struct ct_dns_segment without: SYN, FIN or RST alone; 0 units */
};

enum ct_dns_group {
	CT_DNS_GROUP_CAPTURE = CT_KIND(CT_FEATURE_DNS, 1),
	CT_DNS_GROUP_OWNER = CT_KIND(CT_FEATURE_DNS, 2),
};

/* Places of ct_account.lost. */
enum ct_dns_lost {
	CT_DNS_LOST_BUFFER_FULL = 0,
	CT_DNS_LOST_TOO_LONG = 1, /* the end of a packet that is more than CT_DNS_PIECES pieces, in pieces */
	CT_DNS_LOST_UNREADABLE = 2, /* its bytes could not be copied out of the packet */
};

/* Places of ct_account.notes. */
enum ct_dns_note {
	CT_DNS_NOTE_FRAGMENTS = 0, /* packets: later fragments of UDP and TCP, whose ports nobody knows */
	CT_DNS_NOTE_UNWALKED =
		1, /* packets with more headers than are walked, or broken ones, whose ports nobody knows */
	CT_DNS_NOTE_UNFLAGGED = 2, /* SYN, FIN or RST alone for which there was no room */
	CT_DNS_NOTE_UNREAD_HOSTS = 3, /* times that a file of names could not be read */
	CT_DNS_NOTE_SKIPPED_HOSTS =
		4, /* words of files of names that are no address, no name, or beyond what is told, each time that they are read */
	CT_DNS_NOTE_STRAY =
		5, /* TCP packets that are not of the connection whose ports they have: out of its window, or of a raw socket */
};

/* A file that gives addresses names. */
enum ct_dns_hosts_file {
	CT_DNS_HOSTS_FILE_HOSTS = 0, /* /etc/hosts */
	CT_DNS_HOSTS_FILE_OWN = 1, /* the one that the operator named */
};

/* Bits of ct_dns_hosts.part. */
enum ct_dns_hosts_part {
	CT_DNS_HOSTS_PART_FIRST = 1, /* what was told of the file is out of date */
	CT_DNS_HOSTS_PART_LAST = 2, /* all of it has been told */
};

/* Where a piece was seen. */
enum ct_dns_source {
	CT_DNS_SOURCE_CGROUP_IN = 0, /* at its socket, arriving */
	CT_DNS_SOURCE_CGROUP_OUT = 1, /* at its socket, leaving */
	CT_DNS_SOURCE_PACKET_IN = 2, /* at a device, for this host (PACKET_HOST, _BROADCAST, _MULTICAST) */
	CT_DNS_SOURCE_PACKET_OUT = 3, /* at a device, leaving (PACKET_OUTGOING) */
	CT_DNS_SOURCE_PACKET_OTHER = 4, /* at a device, for another host (PACKET_OTHERHOST); local is the source */
};

/* How the process is known, the better the higher; CT_DNS_OWNER_NONE: pid, uid, cgroup_id, start_ns and comm are not set. */
enum ct_dns_owner_source {
	CT_DNS_OWNER_NONE = 0,
	CT_DNS_OWNER_BIND = 1, /* bound the socket, or the listener that it was accepted from */
	CT_DNS_OWNER_CONNECT = 2, /* connected it */
	CT_DNS_OWNER_SEND = 3, /* sent this, or what was sent on this socket before what arrives here */
};

#define CT_DNS_IPV4 2 /* AF_INET */
#define CT_DNS_IPV6 10 /* AF_INET6 */
#define CT_DNS_TCP 6 /* IPPROTO_TCP */
#define CT_DNS_UDP 17 /* IPPROTO_UDP */
#define CT_DNS_COMM_LEN 16 /* TASK_COMM_LEN */
#define CT_DNS_KEPT 4096 /* bytes of a piece that are told, at most */
#define CT_DNS_PIECES 17 /* of one packet that are told: 64 KB and a piece */
#define CT_DNS_NO_VLAN 0xffff
#define CT_DNS_FIN 0x01 /* ct_dns_segment.tcp_flags: byte 13 of the TCP header (RFC 9293 §3.1) */
#define CT_DNS_SYN 0x02
#define CT_DNS_RST 0x04
#define CT_DNS_ACK 0x10

/*
 * A piece of what one end sent to the other: a UDP datagram, of whose payload the first CT_DNS_KEPT bytes are told, or up to CT_DNS_KEPT bytes
 * of a TCP segment. Several datagrams that one call sent, or that arrived as one packet (UDP_SEGMENT, UDP_GRO), are told one by one; a large TCP
 * segment piece by piece.
 *
 * `local` is the end of the socket at which it was seen. At a device it is the source of what leaves, and of what is for others, and the
 * destination of what arrives. An IPv4-mapped IPv6 address is IPv4.
 */
struct ct_dns_segment {
	struct ct_event event; /* length: up to the last byte that is kept */
	__u64 boot_ns; /* when it was seen */
	__u64 cookie; /* of the socket, as in struct ct_conn; 0: not known, or not yet: a handshake is seen at the listener */
	__u64 netns_cookie; /* net.net_cookie; 0 = not known */
	__u64 cgroup_id; /* cgroup v2 id of the process */
	__u64 start_ns; /* of the process's thread group leader, boot clock */
	__u32 netns_inode; /* net.ns.inum; 0 = not known */
	__u32 ifindex; /* of the device at which it was seen; at a socket: 0 */
	__u32 wire_length; /* payload bytes of the datagram, or of the whole TCP segment */
	__u32 offset; /* of bytes[0] in the payload of the TCP segment */
	__u32 tcp_seq; /* of bytes[0], or of the byte that comes next: a SYN's is its own and 1 */
	__u32 pid; /* tgid in the initial pid namespace */
	__u32 uid; /* real, in the initial user namespace */
	__u16 local_port; /* host order */
	__u16 remote_port;
	__u16 kept; /* bytes that are told */
	__u16 vlan; /* tag control information (PCP, DEI, VID) of the outermost tag; CT_DNS_NO_VLAN = none */
	__u8 tcp_flags; /* CT_DNS_FIN is the last piece's, CT_DNS_SYN the first one's */
	__u8 protocol; /* CT_DNS_TCP, CT_DNS_UDP */
	__u8 family; /* CT_DNS_IPV4, CT_DNS_IPV6 */
	__u8 source; /* enum ct_dns_source */
	__u8 owner_source; /* enum ct_dns_owner_source */
	__u8 reserved[7];
	__u8 local_address[16]; /* network order; IPv4 in the first 4 bytes */
	__u8 remote_address[16];
	char comm[CT_DNS_COMM_LEN]; /* of the thread group leader */
	__u8 bytes[];
};

#define CT_DNS_HOSTS_BYTES 32768 /* of the entries of one frame, at most */

/*
 * What a file says: written by a source in TypeScript at its start and whenever the file has changed, in as many frames as it takes. An entry
 * is its family (CT_DNS_IPV4, CT_DNS_IPV6), the bytes of its name, the address (4 or 16 bytes), and the name in lower case as on the wire.
 */
struct ct_dns_hosts {
	__u64 since_ns; /* boot clock: when the file changed last; 0 = before the boot */
	__u32 netns_inode; /* for connections of this namespace; 0 = of all */
	__u32 bytes; /* of the entries */
	__u8 file; /* enum ct_dns_hosts_file */
	__u8 part; /* bits of enum ct_dns_hosts_part */
	__u8 reserved[6]; /* the entries follow */
};

_Static_assert(sizeof(struct ct_dns_hosts) == 24, "ct_dns_hosts has no padding");
_Static_assert(sizeof(struct ct_dns_segment) == 144, "ct_dns_segment has no padding");

#endif
