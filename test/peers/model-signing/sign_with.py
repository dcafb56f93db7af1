"""Signs through the library with what its command line does not offer.

    python sign_with.py MODEL SIGNATURE KEY sha256|blake2|blake3 [SHARD_SIZE]

An encrypted key's password is read from the environment as PASSWORD: the command line of 1.1.1 hands it on as text,
which its own key reader refuses.
"""

import os
import pathlib
import sys

from model_signing import hashing, signing

model, signature, key, algorithm, *shard_size = sys.argv[1:]
config = hashing.Config()
if shard_size:
    config.use_shard_serialization(hashing_algorithm=algorithm, shard_size=int(shard_size[0]))
else:
    config.use_file_serialization(hashing_algorithm=algorithm)
config.set_ignored_paths(paths=[pathlib.Path(signature)], ignore_git_paths=True)
password = os.environ["PASSWORD"].encode() if "PASSWORD" in os.environ else None
signing.Config().use_elliptic_key_signer(private_key=key, password=password).set_hashing_config(config).sign(model, signature)
