// A registry, and an artifact in it, as Flux's users have them: `flux-oci FOLDER` serves go-containerregistry's registry
// on loopback, pushes FOLDER to org/app:v1.0.0 as `flux push artifact` does, prints the port and the digest, and stays.
// Built from the module of sandbox/tools/cluster, for the tests of src/sources.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/fluxcd/pkg/oci"
	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go http.Serve(listener, registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	port := listener.Addr().(*net.TCPAddr).Port
	url := fmt.Sprintf("127.0.0.1:%d/org/app:v1.0.0", port)
	metadata := oci.Metadata{Source: "https://example.com/app", Revision: "main@sha1:abc", Created: "2026-01-01T00:00:00Z"}
	pushed, err := oci.NewClient(nil).Push(context.Background(), url, os.Args[1], oci.WithPushMetadata(metadata))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d %s\n", port, pushed)
	io.Copy(io.Discard, os.Stdin)
}
