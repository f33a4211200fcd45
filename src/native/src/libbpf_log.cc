#include "libbpf_log.h"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <regex>

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

constexpr char kPrefix[] = "libbpf: ";
constexpr char kBegin[] = "-- BEGIN PROG LOAD LOG --";
// Since 7.3 a report with headings and advice follows the line that says why.
constexpr char kReport[] = "Verification failed: ";
// What frames the verifier's own words: its figures, and libbpf's lines that only say that the load failed, and with which errno.
constexpr const char *kBegins[] = {"processed ", "verification time ", "stack depth ", "max_states_per_insn "};
constexpr const char *kContains[] = {"-- END PROG",	      kBegin,
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
	return line.find_first_not_of(' ') != std::string::npos;
}

std::string last_line(const std::string &log)
{
	size_t end = log.size();
	while (end > 0) {
		size_t newline = log.rfind('\n', end - 1);
		size_t start = newline == std::string::npos ? 0 : newline + 1;
		std::string line = log.substr(start, end - start);
		if (says_something(line))
			return line;
		end = start ? newline : 0;
	}
	return "";
}

// `: -22`, `(-22)`: the error is told beside.
std::string without_number(const std::string &line)
{
	static const std::regex number(R"((: -\d+|\(-\d+\))\.?$)");
	return std::regex_replace(line, number, "");
}

// `prog 'x': `: the program is told beside.
std::string without_program(const std::string &line)
{
	static const std::regex program(R"(^prog '[^']*': )");
	return std::regex_replace(line, program, "");
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

LogWords words_of(const std::string &log)
{
	LogWords words;
	size_t report = log.rfind(kReport);
	std::string told = report == std::string::npos ? log : log.substr(0, report);
	words.line = last_line(told);
	if (words.line.empty() && report != std::string::npos)
		words.line = log.substr(report + strlen(kReport), log.find('\n', report) - report - strlen(kReport));
	words.verifier = log.find(kBegin) != std::string::npos;
	if (words.line.rfind(kPrefix, 0) == 0)
		words.line = without_program(without_number(words.line.substr(strlen(kPrefix))));
	return words;
}

} // namespace conntrail
