"""What `signing` can do, a module for each verb: its options, and what it says."""
