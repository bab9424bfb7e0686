"""Loaders: where sources come from. One module each, named by `LOADER`."""
