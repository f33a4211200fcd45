// A packet as a socket gave it, in the place of the programs' __sk_buff, so that bpf/dns/headers.h and pieces.h walk and tell it here as there.
#pragma once

#include <arpa/inet.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "dns/frames.h"
#include "writer.h"

namespace conntrail {

// Places are counted from its first byte.
struct PacketBytes {
	const uint8_t *bytes;
	uint32_t have; // bytes that are there
	uint32_t len; // of the packet, which may be more
	uint32_t gso_size; // 0: it is one packet
	Writer *out;
	ct_account *account;
};

#define CT_SKB PacketBytes
#define CT_DNS_ADD(skb, place, units) ((skb)->account->place += (units))
#define bpf_ntohs ntohs
#define bpf_ntohl ntohl
#ifndef __noinline
#define __noinline static __attribute__((__noinline__))
#endif

// 0, or -1: they are not all there.
inline int bpf_skb_load_bytes(const PacketBytes *skb, uint32_t offset, void *to, uint32_t bytes)
{
	if (offset > skb->have || bytes > skb->have - offset)
		return -1;
	memcpy(to, skb->bytes + offset, bytes);
	return 0;
}

// One unit: with bytes, or a datagram without any.
inline void ct_dns_piece(PacketBytes *skb, const ct_dns_segment *head, uint32_t at, uint32_t kept)
{
	ct_account &account = *skb->account;
	const uint32_t told = std::min<uint32_t>(kept, CT_DNS_KEPT), length = sizeof(*head) + told;

	account.attempted++;
	if (at > skb->have || told > skb->have - at) {
		account.lost[CT_DNS_LOST_UNREADABLE]++;
		return;
	}
	account.emitted++;
	account.read++;
	uint8_t *room = skb->out->reserve(length);
	if (!room) {
		skb->out->skip(CT_DNS_KIND_SEGMENT, 1);
		account.dropped++;
		return;
	}
	memcpy(room, head, sizeof(*head));
	auto *event = reinterpret_cast<ct_dns_segment *>(room);
	event->event.length = length;
	event->kept = static_cast<uint16_t>(told);
	memcpy(room + sizeof(*head), skb->bytes + at, told);
	skb->out->commit(CT_DNS_KIND_SEGMENT, length, 1);
	account.enqueued++;
}

// SYN, FIN or RST alone.
inline void ct_dns_flags(PacketBytes *skb, const ct_dns_segment *head)
{
	ct_dns_segment event = {};

	memcpy(&event, head, sizeof(event));
	event.event.kind = CT_DNS_KIND_FLAGS;
	event.event.length = sizeof(event);
	if (!skb->out->write(CT_DNS_KIND_FLAGS, &event, sizeof(event), 0))
		skb->account->notes[CT_DNS_NOTE_UNFLAGGED]++;
}

} // namespace conntrail
