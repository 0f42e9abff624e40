"""A page on this machine that explains what is dropped on it: a front for `xaibrain explain` and `report`."""
