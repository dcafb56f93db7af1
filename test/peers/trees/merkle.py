"""RFC 9162 trees over leaf data, with SHA-256."""

from hashlib import sha256


def root(leaves):
    """The root over the leaf data in the order given; of nothing, the SHA-256 of nothing."""
    level = [sha256(b"\x00" + data).digest() for data in leaves]
    return subtree(level) if level else sha256(b"").digest()


def subtree(hashes):
    if len(hashes) == 1:
        return hashes[0]
    left = 1
    while left * 2 < len(hashes):
        left *= 2
    return sha256(b"\x01" + subtree(hashes[:left]) + subtree(hashes[left:])).digest()
