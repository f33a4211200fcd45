// SPDX-License-Identifier: Apache-2.0

// Command live traces until SIGINT with cilium/ebpf and the BPF object of the C peer, through the same table and encoder as the synthetic
// benchmarks; records go to /dev/null. It makes the file READY when every program is attached.
//
//	live OBJECT READY
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"conntrail/peer"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/ringbuf"
	"golang.org/x/sys/unix"
)

const (
	consumeEvery = 100 * time.Millisecond
	// buried is how long a closed connection is remembered.
	buried = 5 * time.Second
)

func cgroup() string {
	if _, err := os.Stat("/sys/fs/cgroup/unified"); err == nil {
		return "/sys/fs/cgroup/unified"
	}
	return "/sys/fs/cgroup"
}

// attach attaches every program of the object where its section says. A link that nothing refers to any more is detached by the
// garbage collector, so the caller keeps them.
func attach(spec *ebpf.CollectionSpec, programs map[string]*ebpf.Program) ([]link.Link, error) {
	links := make([]link.Link, 0, len(programs))
	for name, program := range programs {
		var attached link.Link
		var err error
		if strings.HasPrefix(spec.Programs[name].SectionName, "cgroup/") {
			attached, err = link.AttachCgroup(link.CgroupOptions{
				Path: cgroup(), Attach: spec.Programs[name].AttachType, Program: program,
			})
		} else {
			attached, err = link.AttachTracing(link.TracingOptions{Program: program})
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		links = append(links, attached)
	}
	return links, nil
}

func clock(id int32) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(id, &t); err != nil {
		log.Fatal(err)
	}
	return time.Duration(t.Nano())
}

// consume takes what is in the ring buffer. Producers wake nobody, so the reader is asked not to wait.
func consume(reader *ringbuf.Reader, p *peer.Pipeline, record *ringbuf.Record) error {
	reader.SetDeadline(time.Now())
	for {
		err := reader.ReadInto(record)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(record.RawSample) >= peer.SingleSize {
			p.Push(peer.Frame{Kind: peer.KindSingle, Fresh: 1, Payload: record.RawSample})
		}
	}
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: live OBJECT READY")
	}
	spec, err := ebpf.LoadCollectionSpec(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	collection, err := ebpf.NewCollection(spec)
	if err != nil {
		log.Fatal(err)
	}
	reader, err := ringbuf.NewReader(collection.Maps["events"])
	if err != nil {
		log.Fatal(err)
	}
	links, err := attach(spec, collection.Programs)
	if err != nil {
		log.Fatal(err)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	if err := os.WriteFile(os.Args[2], nil, 0o644); err != nil {
		log.Fatal(err)
	}
	p := peer.NewPipeline(true, false)
	ticker := time.NewTicker(consumeEvery)
	var record ringbuf.Record
	for running := true; running; {
		select {
		case <-stop:
			running = false
		case <-ticker.C:
		}
		boot := clock(unix.CLOCK_BOOTTIME)
		p.Clock(uint64(boot), (clock(unix.CLOCK_REALTIME) - boot).Microseconds())
		if err := consume(reader, p, &record); err != nil {
			log.Fatal(err)
		}
		p.Release(uint64(boot - buried))
	}
	runtime.KeepAlive(links)
	runtime.KeepAlive(collection)
	p.Finish()
	json.NewEncoder(os.Stdout).Encode(p.Result())
}
