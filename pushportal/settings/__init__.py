"""One settings module per process: what a process may hold is what its module names."""
