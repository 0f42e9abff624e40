"""What a dataset says about itself before any model is trained: twins, leaks, labels, confounds."""
