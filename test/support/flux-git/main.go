// What Flux's own code makes of a GitRepository: `flux-git URL SPEC`, where SPEC is the spec as JSON. It clones and
// archives as source-controller's gitCheckout and reconcileArtifact do, and prints the revision and each entry of the
// archive with its mode and digest. Built from the module of sandbox/tools/cluster, for the tests of src/sources.
package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/fluxcd/pkg/apis/meta"
	"github.com/fluxcd/pkg/artifact/config"
	"github.com/fluxcd/pkg/artifact/storage"
	"github.com/fluxcd/pkg/git"
	"github.com/fluxcd/pkg/git/gogit"
	"github.com/fluxcd/pkg/git/repository"
	"github.com/fluxcd/pkg/sourceignore"
	sourcev1 "github.com/fluxcd/source-controller/api/v1"
)

func main() {
	entries := map[string]string{}
	revision, err := fetch(os.Args[1], os.Args[2], entries)
	message := ""
	if err != nil {
		message = err.Error()
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{"revision": revision, "entries": entries, "error": message})
}

func fetch(address, specJSON string, entries map[string]string) (string, error) {
	var spec sourcev1.GitRepositorySpec
	if err := json.Unmarshal([]byte(specJSON), &spec); err != nil {
		return "", err
	}
	root, err := os.MkdirTemp("", "slipway-flux-git-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(root)
	dir := filepath.Join(root, "clone")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	parsed, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	auth, err := git.NewAuthOptions(*parsed, nil)
	if err != nil {
		return "", err
	}
	options := repository.CloneConfig{RecurseSubmodules: spec.RecurseSubmodules, ShallowClone: true}
	if ref := spec.Reference; ref != nil {
		options.Branch, options.Commit, options.Tag = ref.Branch, ref.Commit, ref.Tag
		options.SemVer, options.RefName = ref.SemVer, ref.Name
	}
	for _, path := range spec.SparseCheckout {
		options.SparseCheckoutDirectories = append(options.SparseCheckoutDirectories, strings.TrimPrefix(path, "./"))
	}
	client, err := gogit.NewClient(dir, auth, gogit.WithDiskStorage())
	if err != nil {
		return "", err
	}
	defer client.Close()
	commit, err := client.Clone(context.Background(), address, options)
	if err != nil {
		return "", err
	}
	if commit == nil {
		return "", fmt.Errorf("git repository is empty")
	}
	revision := commit.String()
	if spec.Reference != nil && spec.Reference.Name != "" {
		revision = commit.AbsoluteReference()
	}
	return revision, archive(root, dir, spec.Ignore, entries)
}

func archive(root, dir string, ignore *string, entries map[string]string) error {
	domain := strings.Split(dir, string(filepath.Separator))
	patterns, err := sourceignore.LoadIgnorePatterns(dir, domain)
	if err != nil {
		return err
	}
	if ignore != nil {
		patterns = append(patterns, sourceignore.ReadPatterns(strings.NewReader(*ignore), domain)...)
	}
	store, err := storage.New(&config.Options{StoragePath: root, StorageAdvAddress: "localhost"})
	if err != nil {
		return err
	}
	artifact := meta.Artifact{Path: "a.tar.gz"}
	if err := store.Archive(&artifact, dir, storage.SourceIgnoreFilter(patterns, domain)); err != nil {
		return err
	}
	file, err := os.Open(filepath.Join(root, artifact.Path))
	if err != nil {
		return err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	reader := tar.NewReader(unzipped)
	for {
		header, err := reader.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if header.Typeflag == tar.TypeDir {
			entries[header.Name] = "folder"
			continue
		}
		digest := sha256.New()
		if _, err := io.Copy(digest, reader); err != nil {
			return err
		}
		entries[header.Name] = fmt.Sprintf("%o %x", header.Mode, digest.Sum(nil))
	}
}
