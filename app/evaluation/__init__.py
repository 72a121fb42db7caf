"""Documents added, read and asked in order to be measured."""
