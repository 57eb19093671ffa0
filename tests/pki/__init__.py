"""Bytes: real ones, damaged ones, hostile ones."""
