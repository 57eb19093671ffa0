"""Commands as people and scripts run them."""
