"""Custody of push keys: rotation, exports, deletion."""
