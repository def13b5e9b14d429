"""Films of Expectation-Maximisation on Gaussian mixtures, from a TOML file of your own."""
