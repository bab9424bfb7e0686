"""The benchmark: ours, Thumbor and the bare pipeline, in turns, on the same pictures."""
