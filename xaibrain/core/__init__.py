"""The contract: records, interfaces, hooks and the registry."""
