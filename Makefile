# Everything that is compiled other than TypeScript: libbpf and libelf (fetched), the addon, the BPF objects, and the generated
# offsets. GNU make; parallel-safe. All output goes to build/, except src/*/layout.gen.ts (committed) and licenses/.
#
#   make            what this machine can build: addon, and the BPF objects where the kernel has BTF
#   make native     the addon: build/native/conntrail.node
#   make bpf        the BPF objects: build/bpf/FEATURE/*.bpf.o
#   make layout     the offsets of each feature, src/<feature>/layout.gen.ts, from the BTF of bpf/<feature>/layout.bpf.c
#   make clean      objects; keeps the fetched libraries     make distclean   all of build/

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

B := build
DEPS := $(B)/deps
TOP := $(CURDIR)

LIBBPF_VERSION := $(shell . scripts/sources.sh && echo $$libbpf_version)
ELFUTILS_VERSION := $(shell . scripts/sources.sh && echo $$elfutils_version)
LIBBPF := $(DEPS)/libbpf-$(LIBBPF_VERSION)
ELFUTILS := $(DEPS)/elfutils-$(ELFUTILS_VERSION)

CC ?= cc
CXX ?= c++
CLANG ?= clang
LLVM_STRIP ?= llvm-strip
# /usr/sbin is not on the path of an ordinary user, but building needs no privilege.
BPFTOOL ?= $(shell command -v bpftool || ls /usr/sbin/bpftool 2>/dev/null || echo bpftool)
NODE ?= node

BTF := /sys/kernel/btf/vmlinux
ARCH := $(shell uname -m | sed -e s/x86_64/x86/ -e s/aarch64/arm64/)

# make runs recipes that call make even under -q; this keeps them from building when all that was asked is whether to build.
UNLESS_ASKED = $(if $(findstring q,$(firstword -$(MAKEFLAGS))),false &&)

.PHONY: all native bpf layout check-layout licenses clean distclean
all: native bpf licenses

# What is loaded is compared with what was built (src/native/build-folder.ts), so the sum of each file is taken where it is made, and never
# again: `make` does not bless a file that was changed afterwards. A file comes to its place whole, and others may not write to it, whatever
# the umask. Used in recipes: $(call made,FILE,FOLDER) moves FILE to the target, in or below FOLDER.
define made
chmod go-w $(1)
echo "$$(sha256sum < $(1) | cut -d' ' -f1)  $(@:$(2)/%=%)" > $(@:$(2)/%=$(2)/obj/%.sha256)
mv -f $(1) $@
endef

# ---- libraries: fetched by exact version and SHA-256, never committed -------------------------------------------------------

# Holds both archives, or the libbpf one only (then libelf is linked shared). See scripts/fetch-sources.
$(DEPS)/sources.stamp: scripts/fetch-sources scripts/sources.sh
	scripts/fetch-sources $(DEPS)
	touch $@

# The archive may be the crate that holds libbpf's source one folder deeper, so the unpacking is the script's business.
$(LIBBPF)/.unpacked: $(DEPS)/sources.stamp
	scripts/unpack-source libbpf $(DEPS) $(LIBBPF)
	touch $@

# Debian's own libelf.a is not position-independent, so libelf is built from source. If that cannot be, the addon links the
# machine's shared libelf; elf.flags says which (compile flags on line 1, link flags on line 2).
$(DEPS)/elf.flags: $(DEPS)/sources.stamp scripts/build-libelf
	+$(UNLESS_ASKED) scripts/build-libelf $(DEPS) $(ELFUTILS) $@

$(DEPS)/lib/libbpf.a: $(LIBBPF)/.unpacked $(DEPS)/elf.flags
	+$(UNLESS_ASKED) $(MAKE) --no-print-directory -s -C $(LIBBPF)/src BUILD_STATIC_ONLY=1 NO_PKG_CONFIG=1 V=1 CC=$(CC) \
		OBJDIR=$(TOP)/$(DEPS)/obj DESTDIR=$(TOP)/$(DEPS) PREFIX= LIBDIR=/lib INCLUDEDIR=/include \
		CFLAGS="-O2 -fPIC -fstack-protector-strong -ffile-prefix-map=$(TOP)/= $$(sed -n 1p $(DEPS)/elf.flags)" install install_headers
	touch $@

# ---- addon ------------------------------------------------------------------------------------------------------------------

NATIVE := $(B)/native/conntrail.node
NATIVE_SRC := $(sort $(wildcard src/native/src/*.cc))
NATIVE_OBJ := $(NATIVE_SRC:src/native/src/%.cc=$(B)/native/obj/%.o)

# Headers of other projects come in as system headers: our warnings are for our code.
# An environment that is being torn down takes no exceptions any more; without the SWALLOW macro that would abort the process.
NATIVE_CPPFLAGS := -D_FORTIFY_SOURCE=2 -DNAPI_VERSION=8 -DNAPI_DISABLE_CPP_EXCEPTIONS -DNODE_GYP_MODULE_NAME=conntrail \
	-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS \
	-Ibpf/include -Ibpf -Isrc/native/src -isystem $(DEPS)/include -isystem $(LIBBPF)/include/uapi \
	-isystem node_modules/node-addon-api -isystem node_modules/node-api-headers/include
# The folder of this checkout stays out of what is built (-ffile-prefix-map): the package must not differ by who built it.
NATIVE_CXXFLAGS := -std=c++20 -O2 -g -ffile-prefix-map=$(TOP)/= -fPIC -fvisibility=hidden -fno-exceptions -fno-rtti -fstack-protector-strong \
	-fstack-clash-protection -pthread -Wall -Wextra -Werror $(CXXFLAGS)
NATIVE_LDFLAGS := -shared -pthread -static-libgcc -static-libstdc++ -Wl,-z,relro,-z,now,-z,noexecstack \
	-Wl,--exclude-libs,ALL -Wl,--version-script=src/native/exports.map -Wl,--gc-sections $(LDFLAGS)

NATIVE_SUMS := $(B)/native/SHA256SUMS

native: $(if $(NATIVE_SRC),$(NATIVE_SUMS))

$(B)/native/obj/%.o: src/native/src/%.cc $(DEPS)/lib/libbpf.a Makefile package-lock.json
	@mkdir -p $(@D)
	$(CXX) $(NATIVE_CPPFLAGS) $(NATIVE_CXXFLAGS) -MMD -MP -c $< -o $@

$(NATIVE): $(NATIVE_OBJ) $(DEPS)/lib/libbpf.a $(DEPS)/elf.flags src/native/exports.map
	$(CXX) $(NATIVE_LDFLAGS) -o $(B)/native/obj/conntrail.node $(NATIVE_OBJ) $(DEPS)/lib/libbpf.a $$(sed -n 2p $(DEPS)/elf.flags)
	strip --strip-unneeded -o $(B)/native/obj/conntrail.stripped $(B)/native/obj/conntrail.node
	$(call made,$(B)/native/obj/conntrail.stripped,$(B)/native)

$(NATIVE_SUMS): $(NATIVE)
	cat $(NATIVE:$(B)/native/%=$(B)/native/obj/%.sha256) > $@
	chmod go-w $@

-include $(NATIVE_OBJ:.o=.d)

# ---- BPF --------------------------------------------------------------------------------------------------------------------

# An object keeps the folder of its source, so that two features may have files of one name. The roots of the layouts are no programs.
BPF_SRC := $(sort $(filter-out %/layout.bpf.c,$(wildcard bpf/*/*.bpf.c bpf/*/*/*.bpf.c)))
BPF_OBJ := $(BPF_SRC:%.bpf.c=$(B)/%.bpf.o)

BPF_SUMS := $(B)/bpf/SHA256SUMS

BPF_CFLAGS := -O2 -g -ffile-prefix-map=$(TOP)=. -target bpf -mcpu=v3 -Wall -Werror -D__TARGET_ARCH_$(ARCH)
# vmlinux.h is generated, and differs from kernel to kernel: keyed by the kernel it came from.
VMLINUX := $(B)/vmlinux/$(shell uname -r)/vmlinux.h

ifneq ($(wildcard $(BTF)),)
bpf: $(BPF_SUMS)
else
bpf:
	@echo "conntrail: this kernel has no $(BTF), so the BPF programs are not built; replay, verify and schema work" >&2
endif

$(VMLINUX):
	@mkdir -p $(@D)
	$(BPFTOOL) btf dump file $(BTF) format c > $@

$(B)/bpf/%.bpf.o: bpf/%.bpf.c $(VMLINUX) $(DEPS)/lib/libbpf.a Makefile
	@mkdir -p $(@D) $(B)/bpf/obj/$(dir $*)
	$(CLANG) $(BPF_CFLAGS) -Ibpf/include -I$(<D) -I$(dir $(VMLINUX)) -isystem $(DEPS)/include \
		-MMD -MP -MF $(B)/bpf/obj/$*.d -MT $@ -c $< -o $(B)/bpf/obj/$*.o
	$(LLVM_STRIP) -g -o $(B)/bpf/obj/$*.stripped $(B)/bpf/obj/$*.o
	$(call made,$(B)/bpf/obj/$*.stripped,$(B)/bpf)

$(BPF_SUMS): $(BPF_OBJ)
	cat $(BPF_OBJ:$(B)/bpf/%=$(B)/bpf/obj/%.sha256) > $@
	chmod go-w $@

-include $(BPF_OBJ:$(B)/bpf/%.bpf.o=$(B)/bpf/obj/%.d)

# ---- generated offsets ------------------------------------------------------------------------------------------------------

# One per feature, found where it lies: another feature changes nothing here.
LAYOUT_SRC := $(sort $(shell find bpf -name layout.bpf.c))
LAYOUT_OBJ := $(LAYOUT_SRC:bpf/%.bpf.c=$(B)/layout/%.bpf.o)
# $(call layout_of,OBJECT): bpf/include is src/frames; any other folder has its own name there, with - for _.
layout_of = $(subst _,-,$(patsubst $(B)/layout/%/layout.bpf.o,src/%/layout.gen.ts,$(1:$(B)/layout/include/%=$(B)/layout/frames/%)))
LAYOUTS = $(foreach o,$(LAYOUT_OBJ),$(o) $(call layout_of,$(o)))

# Needs no vmlinux.h and no libbpf, so the check runs wherever clang and bpftool are.
$(B)/layout/%.bpf.o: bpf/%.bpf.c Makefile
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -Ibpf/include -I$(<D) -idirafter /usr/include/$(shell uname -m)-linux-gnu -MMD -MP -c $< -o $@

-include $(LAYOUT_OBJ:.o=.d)

layout: $(LAYOUT_OBJ)
	$(NODE) scripts/generate-layout.mjs --bpftool $(BPFTOOL) $(LAYOUTS)

check-layout: $(LAYOUT_OBJ)
	$(NODE) scripts/generate-layout.mjs --check --bpftool $(BPFTOOL) $(LAYOUTS)

# ---- licences of what is linked into the addon ------------------------------------------------------------------------------

licenses: licenses/libbpf/LICENSE

licenses/libbpf/LICENSE: $(LIBBPF)/.unpacked $(DEPS)/elf.flags scripts/copy-licenses
	scripts/copy-licenses $(LIBBPF) $(ELFUTILS) licenses
	touch $@

clean:
	rm -rf $(B)/native $(B)/bpf $(B)/vmlinux $(B)/layout

distclean:
	rm -rf $(B) licenses
