// What libbpf has to say about a failure, kept instead of printed.
#pragma once

#include <string>

namespace conntrail {

// Installs the hook once per process; text goes to the calling thread's buffer.
void capture_libbpf_log();
// The calling thread's text so far; clears it.
std::string take_libbpf_log();
// What a log comes down to.
struct LogWords {
	std::string line; // the last one that says something, for a person: no prefix, no number of an error
	bool verifier = false; // it is the verifier's
};

// @param log of libbpf, or of the verifier alone
LogWords words_of(const std::string &log);

} // namespace conntrail
