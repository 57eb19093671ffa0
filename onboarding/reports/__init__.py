"""What staff report to others: the state of all customers, and what was done in each month."""
