"""Custody of push keys: sealed, sealed anew, handed out, destroyed."""
