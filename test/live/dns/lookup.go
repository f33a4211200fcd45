// Usage: lookup < NAMES
// Asks Go's own resolver for each name, a line each, and prints as JSON what it said: a line for each name.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"os"
)

type result struct {
	Name      string   `json:"name"`
	Error     *string  `json:"error"`
	Addresses []string `json:"addresses"`
}

func main() {
	resolver := net.Resolver{PreferGo: true}
	lines := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		addresses, err := resolver.LookupHost(context.Background(), lines.Text())
		said := result{Name: lines.Text(), Addresses: append([]string{}, addresses...)}
		if err != nil {
			text := err.Error()
			said.Error = &text
		}
		if err := out.Encode(said); err != nil {
			panic(err)
		}
	}
}
