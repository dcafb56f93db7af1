//go:build tools

// Package kubo pins the version of Kubo that the tests drive; `go build github.com/ipfs/kubo/cmd/ipfs` in this folder builds it.
package kubo

import _ "github.com/ipfs/kubo/cmd/ipfs"
