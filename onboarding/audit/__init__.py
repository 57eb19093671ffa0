"""The trail that cannot be bent: Events in a chain of hashes, whose signed heads leave."""
