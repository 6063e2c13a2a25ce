"""Identifiers to test with: what they look like, whether they are right, and texts with them."""
