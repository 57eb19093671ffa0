"""What `vendor_identity` can do, a module for each verb: its options, and what it says."""
