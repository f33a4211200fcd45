// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
/*
 * DNS at the devices of a network namespace: the filter of a packet socket that takes nothing, since all there is to tell goes by the ring. The
 * socket is one of SOCK_DGRAM, so that a packet begins at its network header, whatever device it is of.
 */
#include "segment.h"
#include "ports.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define CT_PACKET_OTHERHOST 3 /* include/uapi/linux/if_packet.h */
#define CT_PACKET_OUTGOING 4
#define CT_LOOPBACK 1 /* LOOPBACK_IFINDEX of include/net/net_namespace.h, in every namespace */
#define CT_ETHERNET_HEADER 14
#define CT_ETHERTYPE_AT 12
#define CT_VLAN_TAGS 2
#define CT_ETH_P_8021Q 0x8100 /* include/uapi/linux/if_ether.h */
#define CT_ETH_P_8021AD 0x88a8

struct ct_vlan_tag {
	__be16 tci;
	__be16 type; /* of what follows */
};

static __always_inline bool ct_is_vlan(__be16 type)
{
	return type == bpf_htons(CT_ETH_P_8021Q) || type == bpf_htons(CT_ETH_P_8021AD);
}

/*
 * Where the IP header is, of a frame with tags before it: the packet begins behind them, or at the first one, according to who put them there.
 * @param vlan filled in with the first one unless it is known. Negative: it is no IP.
 */
static __always_inline int ct_behind_tags(struct __sk_buff *skb, __u16 *vlan)
{
	__u32 tags = 0;
	struct ct_vlan_tag tag;
	__u64 here, there;
	__be16 type;

	if (bpf_skb_load_bytes_relative(skb, CT_ETHERTYPE_AT, &type, sizeof(type), BPF_HDR_START_MAC))
		return -1;
	for (__u32 i = 0; i < CT_VLAN_TAGS && ct_is_vlan(type); i++, tags++) {
		if (bpf_skb_load_bytes_relative(skb, CT_ETHERNET_HEADER + i * sizeof(tag), &tag, sizeof(tag),
						BPF_HDR_START_MAC))
			return -1;
		if (*vlan == CT_DNS_NO_VLAN)
			*vlan = bpf_ntohs(tag.tci);
		type = tag.type;
	}
	/* The beginning of an IP header does not look like the tags before it: their last two bytes are its type. */
	if (bpf_skb_load_bytes_relative(skb, CT_ETHERNET_HEADER + tags * sizeof(tag), &there, sizeof(there),
					BPF_HDR_START_MAC) ||
	    bpf_skb_load_bytes(skb, 0, &here, sizeof(here)))
		return -1;
	return here == there ? 0 : tags * sizeof(tag);
}

SEC("socket")
int dns_packet(struct __sk_buff *skb)
{
	struct ct_dns_segment head = {};
	struct ct_packet packet = {};
	struct net_device *device;
	__u16 vlan = skb->vlan_present ? (__u16)skb->vlan_tci : CT_DNS_NO_VLAN;
	__u32 type = *(volatile __u32 *)&skb->pkt_type;
	bool outward;
	int walked, at = 0;

	if (ct_is_vlan((__be16)skb->protocol)) {
		at = ct_behind_tags(skb, &vlan);
		if (at < 0)
			return 0;
	}
	walked = ct_walk(skb, at, &packet);
	if (walked == CT_WALKED_FRAGMENT)
		CT_DNS_COUNT(notes[CT_DNS_NOTE_FRAGMENTS]);
	if (walked == CT_WALKED_BROKEN)
		CT_DNS_COUNT(notes[CT_DNS_NOTE_UNWALKED]);
	if (walked != CT_WALKED_PORTS || !ct_is_dns_port_of(packet.source_port, packet.dest_port))
		return 0;
	/* What leaves by loopback arrives there, too. */
	if (type == CT_PACKET_OUTGOING && skb->ifindex == CT_LOOPBACK)
		return 0;
	outward = type == CT_PACKET_OUTGOING || type == CT_PACKET_OTHERHOST;
	ct_dns_head(&head, &packet, outward);
	head.boot_ns = bpf_ktime_get_boot_ns();
	head.source = CT_DNS_SOURCE_PACKET_IN;
	if (outward)
		head.source = type == CT_PACKET_OUTGOING ? CT_DNS_SOURCE_PACKET_OUT : CT_DNS_SOURCE_PACKET_OTHER;
	head.vlan = vlan;
	head.ifindex = skb->ifindex;
	device = ct_view(struct net_device, ct_seen(ct_view(struct sk_buff, skb), dev));
	ct_dns_namespace(&head, ct_view(struct net, ct_seen(device, nd_net.net)));
	ct_dns_tell(skb, &head, &packet);
	return 0;
}
