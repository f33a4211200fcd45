# What is fetched and linked into the addon. Sourced by the Makefile and the scripts beside it; defines variables only.
# Debian's trixie serves both as source packages; the SHA-256 of the upstream archive is what counts, wherever it comes from.

libbpf_version=1.5.0
libbpf_archive=libbpf_1.5.0.orig.tar.gz
libbpf_sha256=53492aff6dd47e4da04ef5e672d753b9743848bdb38e9d90eafbe190b7983c44

# The crate that carries the same source (under libbpf/), for machines with cargo and no Debian mirror.
libbpf_crate=libbpf-sys
libbpf_crate_version=1.5.0+v1.5.0
libbpf_crate_sha256=2d8306b516a70a129cb6afed17c1e51e162d35aadfcc6339364addcebe32de90

elfutils_version=0.192
elfutils_archive=elfutils_0.192.orig.tar.bz2
elfutils_sha256=616099beae24aba11f9b63d86ca6cc8d566d968b802391334c91df54eab416b4
