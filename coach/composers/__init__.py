"""Composers choose what an answer says; the verifier decides what of it may be shown."""
