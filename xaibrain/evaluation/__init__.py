"""How good a model is on pictures with labels, how sure that is, and whether it can be believed."""
