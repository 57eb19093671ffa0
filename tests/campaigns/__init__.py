"""Campaigns: whom they reach, how they go out, and who reacted."""
