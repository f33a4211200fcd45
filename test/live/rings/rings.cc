// Usage: rings OBJECT SCENARIO
// Runs a reader over a ring and prints what arrives, one JSON object a line; last an object of what the scenario knows itself.
#include <cstring>

#include "reader.h"

using conntrail::now_ns;

namespace {

constexpr uint32_t kSmall = 1 << 16, kLarge = 1 << 22;

// Two features in one ring, events that cannot be, and one of nobody.
void several(Events &events)
{
	Tape tape(kLarge);
	TestReader reader(events, tape, false);
	events.emit(kFirst, 1000);
	events.emit(kSecond, 500);
	events.emit(kFirst, 3, sizeof(test_event) + 8);
	events.emit(0x4201, 2); // counted by the program as the first feature's
	events.emit(kSecond, 10);
	events.emit(kFirst, 2, sizeof(ct_event) - 1);
	events.emit(UNITLESS, 7, sizeof(ct_event) + 8); // of the room that was reserved they take less
	usleep(300000); // accounts come by themselves
	reader.end();
	printf("{\"emitted\":%d}\n", 1524);
}

// Nobody takes anything for a while: what has no room waits in the kernel's ring, and what that refuses is counted by the programs.
void full(Events &events)
{
	Tape tape(kSmall);
	TestReader reader(events, tape, false);
	uint32_t emitted = 0;
	for (int i = 0; i < 100; i++) {
		emitted += events.emit(kFirst, 100);
		usleep(1000);
	}
	uint32_t used = tape.used();
	reader.end();
	printf("{\"emitted\":%u,\"used\":%u}\n", emitted, used);
}

// The same, and nobody ever does: it ends by itself.
void late(Events &events)
{
	Tape tape(kSmall);
	TestReader reader(events, tape, true);
	uint32_t emitted = events.emit(kFirst, 3000);
	uint64_t begun = now_ns(CLOCK_MONOTONIC);
	reader.end(false);
	printf("{\"emitted\":%u,\"unread\":%u,\"ms\":%u}\n", emitted, tape.dropped(),
	       static_cast<uint32_t>((now_ns(CLOCK_MONOTONIC) - begun) / 1000000));
}

// Events without a pause, kicks now and then: a line for each batch of events says when all of it had been committed.
void flood(Events &events)
{
	Tape tape(kLarge, false);
	TestReader reader(events, tape, true);
	std::atomic<bool> over = false;
	std::vector<std::pair<uint64_t, uint64_t>> committed; // up to this number, by then
	std::thread emitter([&] {
		while (!over) {
			events.emit(kFirst, MOST_AT_ONCE);
			committed.emplace_back(events.last(), now_ns(CLOCK_BOOTTIME));
		}
	});
	std::vector<uint64_t> kicks;
	for (int i = 0; i < 60; i++) {
		kicks.push_back(now_ns(CLOCK_BOOTTIME));
		reader.kick();
		for (int j = 0; j < 10; j++) {
			tape.take();
			usleep(500);
		}
	}
	over = true;
	emitter.join();
	reader.end();
	for (const auto &[number, ns] : committed)
		printf("{\"committed\":%" PRIu64 ",\"by\":%" PRIu64 "}\n", number, ns);
	for (uint64_t ns : kicks)
		printf("{\"kick\":%" PRIu64 "}\n", ns);
	printf("{\"emitted\":%" PRIu64 "}\n", events.number());
}

// Nothing comes, and nobody asks.
void idle(Events &events)
{
	Tape tape(kLarge);
	TestReader reader(events, tape, true, 1000);
	usleep(200000); // it has told the first clock
	tape.take();
	tape.wait();
	sleep(3);
	bool woken = tape.woken();
	reader.end();
	printf("{\"polls\":%" PRIu64 ",\"cpu_us\":%" PRIu64 ",\"woken\":%d}\n", reader.polls(), reader.cpu_us(), woken);
}

// One event after the other, and a consumer that has taken all before the next one comes.
void trickle(Events &events)
{
	Tape tape(kLarge, false);
	TestReader reader(events, tape, false, 1000);
	uint32_t wakes = 0, emitted = 0;
	uint64_t begun = now_ns(CLOCK_MONOTONIC);
	tape.wait();
	for (int i = 0; i < 4000; i++) {
		emitted += events.emit(kFirst, 1);
		usleep(50);
		if (!tape.woken())
			continue;
		wakes++;
		tape.take();
		tape.wait();
	}
	auto ms = static_cast<uint32_t>((now_ns(CLOCK_MONOTONIC) - begun) / 1000000);
	reader.end();
	printf("{\"emitted\":%u,\"wakes\":%u,\"ms\":%u}\n", emitted, wakes, ms);
}

constexpr struct {
	const char *name;
	void (*run)(Events &events);
} kScenarios[] = {{"several", several}, {"full", full}, {"late", late},
		  {"flood", flood},	{"idle", idle}, {"trickle", trickle}};

} // namespace

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	Events events(argv[1]);
	for (const auto &scenario : kScenarios)
		if (!strcmp(scenario.name, argv[2])) {
			scenario.run(events);
			return 0;
		}
	return 2;
}
