"""The customer's pages: a door each. Who, which, one verb, answer."""
