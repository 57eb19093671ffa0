"""What staff are told by itself: what is stuck, what ends, what cannot be signed."""
