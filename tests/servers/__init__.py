"""The stores of production as real servers, for tests: PostgreSQL, Valkey and S3.

Each listens on this machine alone, keeps its data in a folder of the caller's, and ends with the
process that started it.
"""
