"""The pure core: no AWS, no environment, no clock, no unseeded randomness."""
