"""Pure arithmetic on arrays; knows nothing of models or files."""
