# To be sourced: install_packages PACKAGES..., as root, from the machine's Debian or Ubuntu mirrors.
# A machine that has just been started installs its own updates, and has apt's lock meanwhile; mirrors fail now and then.
install_packages() {
	local apt=(apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
	export DEBIAN_FRONTEND=noninteractive
	"${apt[@]}" install -y --no-install-recommends "$@" || {
		# No lists yet, or stale ones.
		"${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "$@"
	}
}
