//go:build tools

// Package cluster pins the version of IPFS Cluster that the tests drive.
package cluster

import _ "github.com/ipfs-cluster/ipfs-cluster/cmd/ipfs-cluster-service"
