module conntrail/peer-live

go 1.24

require (
	conntrail/peer v0.0.0
	github.com/cilium/ebpf v0.19.0
	golang.org/x/sys v0.31.0
)

replace conntrail/peer => ../
