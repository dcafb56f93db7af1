"""Signs with an old release of model_signing; only ever run by make.mjs.

    python sign.py MODEL SIGNATURE KEY [LEAF CHAIN…]
"""

import pathlib
import sys
from unittest import mock

from model_signing import signing

model, signature, key, *certificates = sys.argv[1:]


def sign_0_2():
    """What the command line of 0.2.0 did; it was not in the package."""
    from model_signing import api
    from model_signing.signature import key as keys
    from model_signing.signature import pki
    from model_signing.signing import in_toto, in_toto_signature

    signer = pki.PKISigner.from_path(key, certificates[0], certificates[1:]) if certificates else keys.ECKeySigner.from_path(key)
    payload = in_toto.DigestsIntotoPayload.from_manifest(api.HashingConfig().hash(model))
    in_toto_signature.IntotoSigner(signer).sign(payload).write(pathlib.Path(signature))


def sign():
    # The constructor makes a keyless signer before it is told to use a key, and that asks the network for its trust root.
    with mock.patch.object(signing.sigstore, "Signer"):
        config = signing.Config()
    if certificates:
        chain = {"signing_certificate": certificates[0], "certificate_chain": certificates[1:]}
        config.use_certificate_signer(private_key=key, **chain)
    else:
        config.use_elliptic_key_signer(private_key=key)
    config.sign(pathlib.Path(model), pathlib.Path(signature))


sign() if hasattr(signing, "Config") else sign_0_2()
