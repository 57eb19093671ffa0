"""The customer's pages, through the web client."""
