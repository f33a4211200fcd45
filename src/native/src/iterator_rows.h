// What an iterator writes, read whole. Errors are errno, negative.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace conntrail {

// Returns the bytes read; as many as there is room for: there may be more.
ssize_t read_rows(int link, uint8_t *into, size_t room);
// Of an iterator over the tasks of one process: `program` is linked for this one walk. Returns -EOPNOTSUPP where the kernel knows no such limit (before
// 6.1), and would walk all there are.
ssize_t read_rows_of(int program, uint32_t pid, uint8_t *into, size_t room);

} // namespace conntrail
