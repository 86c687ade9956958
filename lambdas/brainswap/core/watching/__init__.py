"""What changes about the models of a region, told from one look at the catalogue to the next."""
