// What libbpf has to say about a failure, kept instead of printed.
#pragma once

#include <string>

namespace conntrail {

// Installs the hook once per process; text goes to the calling thread's buffer.
void capture_libbpf_log();
// The calling thread's text so far; clears it.
std::string take_libbpf_log();
// The last line that says something, without libbpf's prefix: one sentence for a person.
std::string last_meaningful_line(const std::string &log);

} // namespace conntrail
