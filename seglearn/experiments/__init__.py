"""What the notebooks measure: scores, sweeps, comparisons; figures, notebooks and claims call them."""
