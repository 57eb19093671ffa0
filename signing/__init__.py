"""The vendor's private key, and nothing else: no models, no admin, no URLs."""
