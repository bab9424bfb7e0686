"""Filters: one small module each, a typed function on a frame or on the job."""
