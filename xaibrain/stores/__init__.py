"""Where a run keeps its records, and perhaps its raw maps: lines of JSON, or columns."""
