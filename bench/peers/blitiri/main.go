// blitiri.com.ar/go/spf with a pool of goroutines: `main PORT WORKERS < requests` prints {"seconds": …, "results": [[…], …]}.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"blitiri.com.ar/go/spf"
)

type request struct {
	Domain string   `json:"domain"`
	IPs    []string `json:"ips"`
}

func main() {
	workers, _ := strconv.Atoi(os.Args[2])
	resolver := &net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, network, "127.0.0.1:"+os.Args[1])
		},
	}
	var requests []request
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(make([]byte, 1<<20), 1<<20)
	for input.Scan() {
		var one request
		if err := json.Unmarshal(input.Bytes(), &one); err != nil {
			panic(err)
		}
		requests = append(requests, one)
	}
	results := make([][]string, len(requests))
	places := make(chan int)
	var done sync.WaitGroup
	started := time.Now()
	for n := 0; n < workers; n++ {
		done.Add(1)
		go func() {
			defer done.Done()
			for place := range places {
				for _, ip := range requests[place].IPs {
					result, _ := spf.CheckHostWithSender(net.ParseIP(ip), "x.example",
						"b@"+requests[place].Domain, spf.WithResolver(resolver))
					results[place] = append(results[place], string(result))
				}
			}
		}()
	}
	for place := range requests {
		places <- place
	}
	close(places)
	done.Wait()
	json.NewEncoder(os.Stdout).Encode(map[string]interface{}{
		"seconds": time.Since(started).Seconds(), "results": results})
}
