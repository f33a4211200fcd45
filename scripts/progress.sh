# How set-up shows what it does, on stderr. Sourced by scripts/setup, which sets `logs`.
#
# On a terminal one line moves: every step that is running, with its seconds. Elsewhere (a log of CI) plain lines: a step begins, still
# runs (every 15 s), is done. When a step fails, the end of its output and where the whole of it is.

running=$logs/running # one file for each running step: when it began, and its title
failure=$logs/failure # the step that failed: its log, and what to say
drawer=
if [ -t 2 ] && [ "${TERM-dumb}" != dumb ]; then terminal=1; else terminal=; fi

say() { printf "${terminal:+\r\033[2K}conntrail: %s\n" "$*" >&2; }

draw() {
	local file since title line columns last=$SECONDS
	while sleep 0.5 && kill -0 $$ 2>/dev/null; do
		line=
		for file in "$running"/*; do
			# It may have ended since.
			{ read -r since title <"$file"; } 2>/dev/null || continue
			line+="${line:+, }$title $((EPOCHSECONDS - since)) s"
			if [ -z "$terminal" ] && [ $((SECONDS - last)) -ge 15 ]; then say "still $title, $((EPOCHSECONDS - since)) s"; fi
		done
		if [ $((SECONDS - last)) -ge 15 ]; then last=$SECONDS; fi
		if [ -z "$terminal" ] || [ -z "$line" ]; then continue; fi
		columns=$(stty size <&2 2>/dev/null | cut -d ' ' -f 2) || true
		if [ "${columns:-0}" -lt 20 ]; then columns=80; fi
		line="conntrail: $line"
		printf '\r\033[2K%s' "${line:0:columns-1}" >&2
	done
}

progress_start() {
	rm -rf "$running" "$failure"
	mkdir -p "$running"
	began=$SECONDS
	draw &
	drawer=$!
}

# Also when it failed; what is on the screen afterwards stays there.
progress_stop() {
	if [ -z "$drawer" ]; then return; fi
	kill "$drawer" 2>/dev/null || true
	wait "$drawer" 2>/dev/null || true
	drawer=
	rm -rf "$running"
	if [ -n "$terminal" ]; then printf '\r\033[2K' >&2; fi
	if [ -f "$failure" ]; then
		local log title
		{ read -r log && read -r title; } <"$failure"
		tail -n 30 "$log" >&2
		say "$title; the whole output is in $log"
		rm -f "$failure"
	fi
}

# Runs a step with its output in a log of its own. Several may run at a time, each in a subshell.
step() { # LOG TITLE COMMAND...
	local log=$logs/$1 title=$2 since=$EPOCHSECONDS file=$running/$BASHPID status=0
	shift 2
	[ -n "$terminal" ] || say "$title ..."
	echo "$since $title" >"$file"
	"$@" >"$log" 2>&1 </dev/null || status=$?
	rm -f "$file"
	if [ $status -ne 0 ]; then
		# The first that failed is the one to tell.
		if ! [ -e "$failure" ]; then printf '%s\n' "$log" "$title failed after $((EPOCHSECONDS - since)) s" >"$failure"; fi
		return 1
	fi
	[ -n "$terminal" ] || say "$title: done after $((EPOCHSECONDS - since)) s"
}
