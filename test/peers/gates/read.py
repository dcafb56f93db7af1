"""in-toto's own library and libxml2 on what Stemma wrote.

    read.py statements FILE...   each line of a file is a Sigstore bundle; prints predicate types
    read.py junit XSD FILE...    validates JUnit reports
"""

import base64
import json
import sys

from google.protobuf import json_format
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as StatementMessage
from lxml import etree


def read_statement(line):
    payload = base64.b64decode(json.loads(line)["dsseEnvelope"]["payload"], validate=True)
    # A member that the message does not have is an error here.
    statement = Statement.copy_from_pb(json_format.Parse(payload, StatementMessage()))
    statement.validate()
    return statement


def lines_of(file):
    with open(file, encoding="utf-8") as handle:
        return [line for line in handle if line.strip()]


def statements(*files):
    types = [read_statement(line).pb.predicate_type for file in files for line in lines_of(file)]
    print(json.dumps(sorted(types)))


def junit(xsd, *files):
    schema = etree.XMLSchema(etree.parse(xsd))
    for file in files:
        schema.assertValid(etree.parse(file))


MODES = {"statements": statements, "junit": junit}

if __name__ == "__main__":
    MODES[sys.argv[1]](*sys.argv[2:])
