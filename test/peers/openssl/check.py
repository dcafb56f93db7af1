"""Reads key files and verifies DSSE bundles with the `cryptography` package, for run.mjs.

    python check.py key KEY PASSPHRASE PUB       the decrypted key's public half is the one in PUB
    python check.py bundle PUB FILE              every line's signature is by PUB; prints how many
    python check.py encrypt KEY PASSPHRASE PUB   writes a P-256 key pair, encrypted as `cryptography` does it
"""

import base64
import json
import pathlib
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

HASHES = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}


def public_pem(key):
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def check_key(path, passphrase, pub):
    key = serialization.load_pem_private_key(pathlib.Path(path).read_bytes(), passphrase.encode())
    if public_pem(key.public_key()) != pathlib.Path(pub).read_bytes():
        sys.exit("the public halves differ")


def check_bundles(pub, path):
    key = serialization.load_pem_public_key(pathlib.Path(pub).read_bytes())
    lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
    for line in lines:
        envelope = json.loads(line)["dsseEnvelope"]
        kind, body = envelope["payloadType"].encode(), base64.b64decode(envelope["payload"])
        message = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)
        (signature,) = envelope["signatures"]
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(base64.b64decode(signature["sig"]), message)
        else:
            key.verify(base64.b64decode(signature["sig"]), message, ec.ECDSA(HASHES[key.key_size]))
    print(len(lines))


def encrypt(path, passphrase, pub):
    key = ec.generate_private_key(ec.SECP256R1())
    how = serialization.BestAvailableEncryption(passphrase.encode())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)
    pathlib.Path(path).write_bytes(pem)
    pathlib.Path(pub).write_bytes(public_pem(key.public_key()))


if __name__ == "__main__":
    {"key": check_key, "bundle": check_bundles, "encrypt": encrypt}[sys.argv[1]](*sys.argv[2:])
