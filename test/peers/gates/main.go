// in-toto's Go library on verification summaries.
//
//	vsa read FILE            the summary in a Sigstore bundle, as the library's message, as JSON
//	vsa make RESULT HEX      a statement with a summary about sha256 HEX, as the library writes it
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"time"

	vsa "github.com/in-toto/attestation/go/predicates/vsa/v1"
	intoto "github.com/in-toto/attestation/go/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

const predicateType = "https://slsa.dev/verification_summary/v1"

func main() {
	var err error
	switch os.Args[1] {
	case "read":
		err = read(os.Args[2])
	case "make":
		err = makeSummary(os.Args[2], os.Args[3])
	default:
		err = fmt.Errorf("unknown mode %q", os.Args[1])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var bundle struct {
		DsseEnvelope struct{ Payload string }
	}
	if err := json.Unmarshal(text, &bundle); err != nil {
		return err
	}
	payload, err := base64.StdEncoding.DecodeString(bundle.DsseEnvelope.Payload)
	if err != nil {
		return err
	}
	// Neither the statement nor the predicate may have a member that the messages lack.
	statement := &intoto.Statement{}
	if err := protojson.Unmarshal(payload, statement); err != nil {
		return err
	}
	if err := statement.Validate(); err != nil {
		return err
	}
	if statement.PredicateType != predicateType {
		return fmt.Errorf("found the type %q", statement.PredicateType)
	}
	predicate, err := protojson.Marshal(statement.Predicate)
	if err != nil {
		return err
	}
	// `policy.annotations` is of a resource descriptor, for which SLSA's schema leaves room and this message does not.
	summary := &vsa.VerificationSummary{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(predicate, summary); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"verifier": summary.Verifier.Id,
		"time":     summary.TimeVerified.AsTime().Format(time.RFC3339),
		"resource": summary.ResourceUri,
		"policy":   summary.Policy.Uri,
		"inputs":   len(summary.InputAttestations),
		"result":   summary.VerificationResult,
		"levels":   summary.VerifiedLevels,
		"slsa":     summary.SlsaVersion,
	})
}

func makeSummary(result, digest string) error {
	levels := []string{"FAILED"}
	if result == "PASSED" {
		levels = []string{"ACME_L2"}
	}
	summary := &vsa.VerificationSummary{
		Verifier:           &vsa.VerificationSummary_Verifier{Id: "https://verifier.example/v1"},
		TimeVerified:       timestamppb.New(time.Date(2026, 11, 23, 0, 0, 0, 500_000_000, time.UTC)),
		ResourceUri:        "pkg:generic/digits",
		Policy:             &vsa.VerificationSummary_Policy{Uri: "https://verifier.example/policy"},
		VerificationResult: result,
		VerifiedLevels:     levels,
		DependencyLevels:   map[string]uint64{"ACME_L1": 2},
		SlsaVersion:        "1.2",
	}
	text, err := protojson.Marshal(summary)
	if err != nil {
		return err
	}
	predicate := &structpb.Struct{}
	if err := protojson.Unmarshal(text, predicate); err != nil {
		return err
	}
	statement := &intoto.Statement{
		Type:          intoto.StatementTypeUri,
		Subject:       []*intoto.ResourceDescriptor{{Name: "digits", Digest: map[string]string{"sha256": digest}}},
		PredicateType: predicateType,
		Predicate:     predicate,
	}
	if err := statement.Validate(); err != nil {
		return err
	}
	text, err = protojson.MarshalOptions{Multiline: true}.Marshal(statement)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(text)
	return err
}
