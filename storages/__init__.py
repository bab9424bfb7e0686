"""Storages: where sources, results, keys and focal points are kept."""
