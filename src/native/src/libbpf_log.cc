#include "libbpf_log.h"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstdio>
#include <mutex>

namespace conntrail {

namespace {

constexpr size_t kMostBytes = 64 * 1024; // policy: the oldest text goes

thread_local std::string text;

int keep(libbpf_print_level level, const char *format, va_list arguments)
{
	if (level == LIBBPF_DEBUG)
		return 0;
	// A verifier log comes as one message of any length.
	va_list again;
	va_copy(again, arguments);
	int bytes = vsnprintf(nullptr, 0, format, again);
	va_end(again);
	if (bytes <= 0)
		return bytes;
	size_t before = text.size();
	text.resize(before + static_cast<size_t>(bytes) + 1);
	vsnprintf(text.data() + before, static_cast<size_t>(bytes) + 1, format, arguments);
	text.pop_back(); // the terminator
	if (text.size() > kMostBytes)
		text.erase(0, text.size() - kMostBytes);
	return bytes;
}

// What frames the verifier's own words: its figures, and libbpf's lines that only say that the load failed, and with which errno.
constexpr const char *kBegins[] = {"processed ", "verification time ", "stack depth "};
constexpr const char *kContains[] = {"-- END PROG",	      "-- BEGIN PROG",
				     "failed to load object", "BPF program load failed",
				     "': failed to load: -",  "failed to load '"};

bool says_something(const std::string &line)
{
	for (const char *begin : kBegins)
		if (line.rfind(begin, 0) == 0)
			return false;
	for (const char *part : kContains)
		if (line.find(part) != std::string::npos)
			return false;
	return !line.empty();
}

} // namespace

void capture_libbpf_log()
{
	static std::once_flag once;
	std::call_once(once, [] { libbpf_set_print(keep); });
	text.clear();
}

std::string take_libbpf_log()
{
	std::string taken;
	taken.swap(text);
	return taken;
}

std::string last_meaningful_line(const std::string &log)
{
	size_t end = log.size();
	while (end > 0) {
		size_t start = log.rfind('\n', end - 1);
		std::string line = log.substr(start == std::string::npos ? 0 : start + 1,
					      end - (start == std::string::npos ? 0 : start + 1));
		if (says_something(line))
			return line.rfind("libbpf: ", 0) == 0 ? line.substr(8) : line;
		if (start == std::string::npos)
			break;
		end = start;
	}
	return "";
}

} // namespace conntrail
