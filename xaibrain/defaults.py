"""The names that the commands use when none is given; plain text, looked up like anybody's."""

DEFAULT_MODEL = "brain-mri-efficientnet-b0"
"""For files and folders."""

DEFAULT_DATASET = "phantom"
"""For a command without any input."""

DEFAULT_EXPLAINER = "gradcam"
