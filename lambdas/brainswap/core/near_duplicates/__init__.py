"""Cases that ask nearly the same: found in one pass over them, and kept within one split."""
