"""What a model is without its framework: its input, its head, its layers, and its converted programs."""
