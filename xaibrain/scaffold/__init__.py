"""The first version of a plugin, written out: a package that installs, works and passes its own tests."""
