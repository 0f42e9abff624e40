"""Makes checkpoints whose accuracy can be believed."""
