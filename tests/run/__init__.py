"""The two commands: real processes, in folders and on ports of their own."""
