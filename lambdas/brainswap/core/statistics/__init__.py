"""How sure one can be: intervals, paired comparisons, quantiles and power, in the standard library alone."""
