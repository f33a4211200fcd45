#include "packet_source.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "clock.h"
#include "packet_bytes.h"

namespace conntrail {

namespace {

#include "dns/pieces.h"

constexpr uint64_t kNsPerMs = 1000000;
// The largest packet that is told whole, and as much again for its headers.
constexpr size_t kBufferBytes = 2 * CT_DNS_PIECES * CT_DNS_KEPT;
// What a packet may take in the shared ring; of a small ring it is half.
constexpr uint32_t kRoomBytes = (CT_DNS_PIECES + 1) * (CT_DNS_KEPT + sizeof(ct_dns_segment) + sizeof(ct_frame) + 8);
// Others want their turn.
constexpr uint32_t kPacketsPerTurn = 1024;
constexpr uint32_t kVlanTags = 2;

// What comes before a packet: struct virtio_net_hdr of include/uapi/linux/virtio_net.h, which is not C++.
struct Offload {
	uint8_t flags, gso_type; // gso_type 0: it is one packet
	uint16_t header_bytes, gso_size, checksum_start, checksum_offset;
};
static_assert(sizeof(Offload) == 10);

// What comes beside it.
struct Beside {
	bool has_aux = false, has_time = false;
	tpacket_auxdata aux = {};
	timespec time = {};
};

Beside beside(msghdr &message)
{
	Beside found;

	for (cmsghdr *each = CMSG_FIRSTHDR(&message); each; each = CMSG_NXTHDR(&message, each)) {
		if (each->cmsg_level == SOL_PACKET && each->cmsg_type == PACKET_AUXDATA) {
			memcpy(&found.aux, CMSG_DATA(each), sizeof(found.aux));
			found.has_aux = true;
		} else if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&found.time, CMSG_DATA(each), sizeof(found.time));
			found.has_time = true;
		}
	}
	return found;
}

bool is_vlan(uint16_t type)
{
	return type == htons(ETH_P_8021Q) || type == htons(ETH_P_8021AD);
}

// Devices whose packets have a header of Ethernet; of others the kernel knows where the IP header is.
bool is_ethernet(uint16_t type)
{
	return type == ARPHRD_ETHER || type == ARPHRD_LOOPBACK;
}

// Where the IP header is, of a frame that may have tags in it. @param vlan filled in with the first one unless it is known. Negative: it is no IP.
int behind_tags(const PacketBytes &packet, uint16_t &vlan)
{
	struct {
		uint16_t tci, type;
	} tag;
	uint32_t at = ETH_HLEN;
	uint16_t type;

	if (bpf_skb_load_bytes(&packet, ETH_HLEN - sizeof(type), &type, sizeof(type)))
		return -1;
	for (uint32_t i = 0; i < kVlanTags && is_vlan(type); i++, at += sizeof(tag)) {
		if (bpf_skb_load_bytes(&packet, at, &tag, sizeof(tag)))
			return -1;
		if (vlan == CT_DNS_NO_VLAN)
			vlan = ntohs(tag.tci);
		type = tag.type;
	}
	return static_cast<int>(at);
}

uint64_t cookie_of(int fd)
{
	uint64_t cookie = 0;
	socklen_t bytes = sizeof(cookie);

	return getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &bytes) ? 0 : cookie;
}

} // namespace

PacketSource::PacketSource(std::vector<PacketSocket> sockets, std::vector<uint16_t> ports, const PacketShare &share,
			   uint32_t interval_ms)
	: given_(std::move(sockets)), ports_(std::move(ports)), buffer_(kBufferBytes),
	  interval_ns_(interval_ms * kNsPerMs)
{
	account_.feature = share.feature;
	account_.source = share.source;
	account_.sources = share.sources;
}

PacketSource::~PacketSource()
{
	for (const Opened &socket : sockets_)
		close(socket.fd);
	if (epoll_ >= 0)
		close(epoll_);
}

std::string PacketSource::open()
{
	epoll_ = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_ < 0)
		return std::string("packet sockets cannot be waited for: ") + strerror(errno);
	for (const PacketSocket &socket : given_) {
		std::string error = open_one(socket);
		if (!error.empty())
			return error;
	}
	return "";
}

// A duplicate: the owner may let go of its own while what came until then is read still.
std::string PacketSource::open_one(const PacketSocket &socket)
{
	epoll_event event = {};
	int fd = fcntl(socket.fd, F_DUPFD_CLOEXEC, 0);

	event.events = EPOLLIN;
	if (fd >= 0)
		sockets_.push_back({fd, socket.netns_inode, cookie_of(fd)});
	if (fd >= 0 && !epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event))
		return "";
	return std::string("a packet socket cannot be read: ") + strerror(errno);
}

bool PacketSource::is_port(uint16_t port) const
{
	return std::find(ports_.begin(), ports_.end(), port) != ports_.end();
}

// What the filter let through, which is more than DNS: of what it cannot decide, all.
void PacketSource::on_packet(Writer &out, const Opened &socket, msghdr &message, uint32_t bytes)
{
	const auto *from = static_cast<const sockaddr_ll *>(message.msg_name);
	const auto *offload = static_cast<const Offload *>(message.msg_iov[0].iov_base);
	Beside extra = beside(message);
	PacketBytes packet = {};
	ct_dns_segment head = {};
	ct_packet walked = {};
	uint16_t vlan = extra.aux.tp_status & TP_STATUS_VLAN_VALID ? extra.aux.tp_vlan_tci : CT_DNS_NO_VLAN;

	packet.bytes = buffer_.data();
	packet.len = bytes;
	packet.have = std::min<uint32_t>(bytes, kBufferBytes);
	packet.gso_size = offload->gso_type == 0 ? 0 : offload->gso_size;
	packet.out = &out;
	packet.account = &account_;
	if (!extra.has_aux) {
		account_.notes[CT_EVENT_NOTE_INVALID]++;
		return;
	}
	int at = is_ethernet(from->sll_hatype) ? behind_tags(packet, vlan) : extra.aux.tp_net;
	if (at < 0)
		return;
	int result = ct_walk(&packet, static_cast<uint32_t>(at), &walked);
	account_.notes[CT_DNS_NOTE_FRAGMENTS] += result == CT_WALKED_FRAGMENT;
	account_.notes[CT_DNS_NOTE_UNWALKED] += result == CT_WALKED_BROKEN;
	if (result != CT_WALKED_PORTS || !(is_port(walked.source_port) || is_port(walked.dest_port)))
		return;
	bool outward = from->sll_pkttype == PACKET_OUTGOING || from->sll_pkttype == PACKET_OTHERHOST;
	ct_dns_head(&head, &walked, outward);
	head.source = CT_DNS_SOURCE_PACKET_IN;
	if (outward)
		head.source =
			from->sll_pkttype == PACKET_OUTGOING ? CT_DNS_SOURCE_PACKET_OUT : CT_DNS_SOURCE_PACKET_OTHER;
	// By the wall clock, moved by what both say now. Without it, or after a step of that clock: not later than now.
	int64_t boot_ns = static_cast<int64_t>(extra.time.tv_sec) * 1000000000 + extra.time.tv_nsec - wall_offset_;
	bool known = extra.has_time && boot_ns > 0 && static_cast<uint64_t>(boot_ns) <= now_ns(CLOCK_BOOTTIME);
	head.boot_ns = known ? static_cast<uint64_t>(boot_ns) : turn_ns_;
	head.vlan = vlan;
	head.ifindex = static_cast<uint32_t>(from->sll_ifindex);
	head.netns_cookie = socket.netns_cookie;
	head.netns_inode = socket.netns_inode;
	ct_dns_tell(&packet, &head, &walked);
}

// What finds no room stays in the socket, where the kernel counts what it has to drop; past the deadline of the end it is dropped here.
Consumed PacketSource::consume_one(Writer &out, const Opened &socket, bool late)
{
	const uint32_t room = std::min(kRoomBytes, out.capacity() / 2);
	Offload offload;
	sockaddr_ll from;
	alignas(cmsghdr) uint8_t control[256];

	for (uint32_t left = kPacketsPerTurn; late || out.has_room(room); left--) {
		// At the end nothing comes any more, and nobody counts what is left.
		if (left == 0 && !late) {
			more_ = true;
			return Consumed::All;
		}
		iovec parts[] = {{&offload, sizeof(offload)}, {buffer_.data(), buffer_.size()}};
		msghdr message = {};
		message.msg_name = &from;
		message.msg_namelen = sizeof(from);
		message.msg_iov = parts;
		message.msg_iovlen = std::size(parts);
		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		ssize_t bytes = recvmsg(socket.fd, &message, MSG_DONTWAIT | MSG_TRUNC);
		if (bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return Consumed::All;
		if (bytes < 0 && errno == EINVAL) {
			// Of a kind of segments that this kernel cannot describe to who reads (virtio_net_hdr_from_skb): it is gone.
			account_.attempted++;
			account_.lost[CT_DNS_LOST_UNREADABLE]++;
		} else if (bytes >= static_cast<ssize_t>(sizeof(offload))) {
			on_packet(out, socket, message, static_cast<uint32_t>(bytes) - sizeof(offload));
		} else if (bytes >= 0 || errno == EINTR || errno == ENETDOWN) {
			continue;
		} else {
			error_ = std::string("a packet socket could not be read: ") + strerror(errno);
			return Consumed::Failed;
		}
	}
	return Consumed::NoRoom;
}

Consumed PacketSource::consume(Writer &out, bool late)
{
	Consumed consumed = Consumed::All;

	turn_ns_ = now_ns(CLOCK_BOOTTIME);
	wall_offset_ = static_cast<int64_t>(now_ns(CLOCK_REALTIME)) - static_cast<int64_t>(turn_ns_);
	more_ = false;
	for (const Opened &socket : sockets_) {
		Consumed one = consume_one(out, socket, late);
		if (one == Consumed::Failed)
			return one;
		if (one == Consumed::NoRoom)
			consumed = one;
	}
	if (consumed == Consumed::All && !more_) {
		drained_ns_ = turn_ns_;
		passed_ = true;
	}
	return consumed;
}

Consumed PacketSource::run(Writer &out, uint64_t now)
{
	Consumed consumed = consume(out, false);

	if (consumed != Consumed::Failed && now >= next_interval_) {
		account(out, false);
		next_interval_ = now + interval_ns_;
	}
	return consumed;
}

// Reading resets what the kernel counts. A packet counts as one message, whatever was in it.
void PacketSource::count_drops()
{
	for (const Opened &socket : sockets_) {
		tpacket_stats counted = {};
		socklen_t bytes = sizeof(counted);

		if (getsockopt(socket.fd, SOL_PACKET, PACKET_STATISTICS, &counted, &bytes))
			continue;
		account_.attempted += counted.tp_drops;
		account_.lost[CT_DNS_LOST_BUFFER_FULL] += counted.tp_drops;
	}
}

void PacketSource::account(Writer &out, bool final)
{
	count_drops();
	account_.boot_ns = final ? now_ns(CLOCK_BOOTTIME) : drained_ns_;
	account_.final = final;
	out.write_quietly(CT_CORE_KIND_ACCOUNT, &account_, sizeof(account_));
}

Consumed PacketSource::finish(Writer &out, bool late)
{
	Consumed consumed = consume(out, late);

	if (consumed != Consumed::All)
		return consumed;
	if (!late && (more_ || !out.has_room(2 * (sizeof(account_) + sizeof(ct_frame)))))
		return Consumed::NoRoom;
	account(out, true);
	return Consumed::All;
}

} // namespace conntrail
