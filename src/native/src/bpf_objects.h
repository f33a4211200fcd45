// NativeBpf of src/native/bpf-objects.ts: every BPF object of the host, whoever loaded it.
#pragma once

#include <napi.h>

namespace conntrail {

Napi::Object bpf_objects(Napi::Env env);

} // namespace conntrail
