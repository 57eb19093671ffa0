"""Sam as he is in life, with the rights of his roles."""

from tests.admin.conftest import groups, sam, staff_client

__all__ = ["groups", "sam", "staff_client"]
