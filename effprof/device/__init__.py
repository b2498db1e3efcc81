"""A phone that is attached: adb, LiteRT's benchmark binary on it, its battery and its heat."""
