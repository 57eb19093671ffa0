"""What dies, and what must not be lost by it: real processes on PostgreSQL and Valkey.

Each test prints its figures. Each has a control, in which a guard of the product is taken off and
the fault must show, so that the tests are known to see it. FAULTS=full (`make faults`) runs the
full form, anything else a short one.
"""
