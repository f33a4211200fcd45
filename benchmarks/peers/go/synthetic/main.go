// SPDX-License-Identifier: Apache-2.0

// Command synthetic runs the synthetic benchmarks in Go.
//
//	synthetic end-to-end INPUT [-no-avro] [-no-ring] [-check] [-warm FRAMES]
//
// It prints one line of JSON. Nothing is timed before the warm-up ends.
package main

import (
	"encoding/json"
	"flag"
	"io"
	"log"
	"math"
	"os"
	"time"

	"conntrail/peer"
)

// chunkBytes holds sixteen page batches: what passes through the channel at once, so that its cost disappears.
const (
	chunkBytes = 16 * (peer.FrameHeader + 4096)
	chunks     = 4 << 20 / chunkBytes
)

// readChunks reads the first limit frames of the file and hands them out in chunks of whole frames; take owns each until it returns
// the buffer for the next one.
func readChunks(path string, limit uint64, take func([]byte) []byte) {
	file, err := os.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	rest := make([]byte, 0, chunkBytes)
	buffer := make([]byte, chunkBytes)
	for limit > 0 {
		have := copy(buffer, rest)
		got, err := io.ReadFull(file, buffer[have:])
		if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
			log.Fatal(err)
		}
		have += got
		whole := 0
		for limit > 0 {
			_, size, ok := peer.NextFrame(buffer[whole:have])
			if !ok {
				break
			}
			whole += size
			limit--
		}
		rest = append(rest[:0], buffer[whole:have]...)
		buffer = take(buffer[:whole])[:chunkBytes]
		if err != nil {
			break
		}
	}
}

func pushAll(p *peer.Pipeline, chunk []byte) {
	for len(chunk) > 0 {
		f, size, ok := peer.NextFrame(chunk)
		if !ok {
			log.Fatal("a chunk ends within a frame")
		}
		p.Push(f)
		chunk = chunk[size:]
	}
}

// run reads on one goroutine and runs the pipeline on another, as conntrail does; without ring both on one.
func run(p *peer.Pipeline, path string, limit uint64, ring bool) {
	if !ring {
		readChunks(path, limit, func(chunk []byte) []byte {
			pushAll(p, chunk)
			return chunk
		})
		return
	}
	full := make(chan []byte, chunks)
	empty := make(chan []byte, chunks+2)
	for i := 0; i < chunks+1; i++ {
		empty <- make([]byte, chunkBytes)
	}
	go func() {
		readChunks(path, limit, func(chunk []byte) []byte {
			full <- chunk
			return <-empty
		})
		close(full)
	}()
	for chunk := range full {
		pushAll(p, chunk)
		empty <- chunk
	}
}

func main() {
	if len(os.Args) < 3 || os.Args[1] != "end-to-end" {
		log.Fatal("usage: synthetic end-to-end INPUT [OPTIONS]")
	}
	path := os.Args[2]
	flags := flag.NewFlagSet("end-to-end", flag.ExitOnError)
	noAvro := flags.Bool("no-avro", false, "add the deltas up instead of encoding records")
	noRing := flags.Bool("no-ring", false, "read and process on one goroutine")
	check := flags.Bool("check", false, "checksum of every block")
	warm := flags.Uint64("warm", 0, "frames of an untimed run before")
	flags.Parse(os.Args[3:])

	if *warm > 0 {
		run(peer.NewPipeline(!*noAvro, false), path, *warm, !*noRing)
	}
	p := peer.NewPipeline(!*noAvro, *check)
	begin := time.Now()
	run(p, path, math.MaxUint64, !*noRing)
	p.Finish()
	result := p.Result()
	result["seconds"] = time.Since(begin).Seconds()
	json.NewEncoder(os.Stdout).Encode(result)
}
