// Reads and writes checkpoints with the code of Go's checksum database.
//
//	note check KEY.pub LOG < CHECKPOINT    verifies the note, and its root over the first records of LOG
//	note sign KEY.key ORIGIN LOG SIZE      writes one
//	note extends LOG FROM TO PROOF         verifies hashes, one a line in base64, as a consistency proof
package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "check":
		return check(args[1], args[2])
	case len(args) == 5 && args[0] == "sign":
		return sign(args[1], args[2], args[3], args[4])
	case len(args) == 5 && args[0] == "extends":
		return extends(args[1], args[2], args[3], args[4])
	}
	return errors.New("usage: note check | sign | extends")
}

func check(key, log string) error {
	message, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	origin, _, _ := strings.Cut(string(message), "\n")
	verifier, err := verifierOf(key, origin)
	if err != nil {
		return err
	}
	opened, err := note.Open(message, note.VerifierList(verifier))
	if err != nil {
		return err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 {
		return fmt.Errorf("expected three lines, found %q", opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return err
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return err
	}
	tree, err := treeOf(log)
	if err != nil {
		return err
	}
	found, err := tlog.TreeHash(size, tree)
	if err != nil {
		return err
	}
	if found != root {
		return fmt.Errorf("the root over %d records is %s, not %s", size, found, root)
	}
	return nil
}

func sign(key, origin, log, sizeText string) error {
	private, err := block(key, "PRIVATE KEY")
	if err != nil {
		return err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(private)
	if err != nil {
		return err
	}
	secret, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return errors.New("expected an Ed25519 key")
	}
	public, err := note.NewEd25519VerifierKey(origin, secret.Public().(ed25519.PublicKey))
	if err != nil {
		return err
	}
	id := strings.Split(strings.TrimPrefix(public, origin+"+"), "+")[0]
	seed := base64.StdEncoding.EncodeToString(append([]byte{1}, secret.Seed()...))
	signer, err := note.NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%s+%s", origin, id, seed))
	if err != nil {
		return err
	}
	tree, err := treeOf(log)
	if err != nil {
		return err
	}
	size, err := strconv.ParseInt(sizeText, 10, 64)
	if err != nil {
		return err
	}
	root, err := tlog.TreeHash(size, tree)
	if err != nil {
		return err
	}
	signed, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", origin, size, root)}, signer)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(signed)
	return err
}

func extends(log, fromText, toText, file string) error {
	from, errFrom := strconv.ParseInt(fromText, 10, 64)
	to, errTo := strconv.ParseInt(toText, 10, 64)
	text, errRead := os.ReadFile(file)
	tree, errTree := treeOf(log)
	if err := errors.Join(errFrom, errTo, errRead, errTree); err != nil {
		return err
	}
	var proof tlog.TreeProof
	for _, line := range strings.Fields(string(text)) {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	before, errBefore := tlog.TreeHash(from, tree)
	after, errAfter := tlog.TreeHash(to, tree)
	if err := errors.Join(errBefore, errAfter); err != nil {
		return err
	}
	return tlog.CheckTree(proof, to, after, from, before)
}

type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = h[index]
	}
	return out, nil
}

// treeOf is the log tree of docs/formats/trees.md over the lines of a file.
func treeOf(file string) (tlog.HashReader, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var tree hashes
	for n, record := range bytes.SplitAfter(content, []byte("\n")) {
		if len(record) == 0 {
			continue
		}
		stored, err := tlog.StoredHashes(int64(n), append([]byte("stemma/record/v1\x00"), record...), tree)
		if err != nil {
			return nil, err
		}
		tree = append(tree, stored...)
	}
	return tree, nil
}

func block(file, label string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	found, _ := pem.Decode(text)
	if found == nil || found.Type != label {
		return nil, fmt.Errorf("expected a PEM block %q", label)
	}
	return found.Bytes, nil
}

func verifierOf(file, name string) (note.Verifier, error) {
	spki, err := block(file, "PUBLIC KEY")
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return nil, err
	}
	switch key := key.(type) {
	case ed25519.PublicKey:
		text, err := note.NewEd25519VerifierKey(name, key)
		if err != nil {
			return nil, err
		}
		return note.NewVerifier(text)
	case *ecdsa.PublicKey:
		digest := sha256.Sum256(spki)
		return ecdsaVerifier{name, binary.BigEndian.Uint32(digest[:4]), key}, nil
	}
	return nil, fmt.Errorf("unexpected key %T", key)
}

// ecdsaVerifier is type 0x02 of C2SP signed-note, which the package leaves to others.
type ecdsaVerifier struct {
	name string
	id   uint32
	key  *ecdsa.PublicKey
}

func (v ecdsaVerifier) Name() string    { return v.name }
func (v ecdsaVerifier) KeyHash() uint32 { return v.id }
func (v ecdsaVerifier) Verify(message, signature []byte) bool {
	digest := sha256.Sum256(message)
	return ecdsa.VerifyASN1(v.key, digest[:], signature)
}
