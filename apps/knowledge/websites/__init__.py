"""Websites that are read: every fetch goes through `fetching.safe_fetch`."""
