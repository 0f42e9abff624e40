"""Any Keras 3 classifier as a `xaibrain.Model`; the one room of the core that imports TensorFlow."""
