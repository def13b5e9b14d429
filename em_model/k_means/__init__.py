"""k-means as a limit (Bishop 9.3.2): a mixture whose means alone are free, Σ_k = εI with ε down to nothing."""
