"""Maps are judged: one by one by a metric, and method against method on a dataset."""
